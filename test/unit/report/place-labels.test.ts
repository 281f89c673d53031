import fc from 'fast-check';
import { expect, test } from 'vitest';
import { boxOf, overlap, placeLabels } from '../../../electron/engine/report/place-labels.ts';

const where = { area: { left: 0, right: 800 }, radius: 5 };

test('a name stands right of its point, and left of it where the picture ends', () => {
  const labels = [
    { x: 100, y: 50, text: 'all Q4_K_M' },
    { x: 790, y: 50, text: 'all Q8_0' },
  ];
  expect(placeLabels(labels, labels, where)).toMatchObject([
    { anchor: 'start', x: 112, y: 54 },
    { anchor: 'end', x: 778, y: 54 },
  ]);
});

test('names of points that lie close hide neither each other nor a point', () => {
  const point = fc.record({ x: fc.integer({ min: 100, max: 700 }), y: fc.integer({ min: 100, max: 300 }) });
  fc.assert(
    fc.property(fc.array(point, { minLength: 1, maxLength: 4 }), (points) => {
      const placed = placeLabels(
        points.map((at) => ({ ...at, text: '24 Q3_K_M' })),
        points,
        where,
      );
      const boxes = placed.map(boxOf);
      for (const [i, box] of boxes.entries()) {
        expect(boxes.slice(i + 1).some((other) => overlap(box, other))).toBe(false);
        const marks = points.map(({ x, y }) => ({ left: x - 5, right: x + 5, top: y - 5, bottom: y + 5 }));
        expect(marks.some((mark) => overlap(box, mark))).toBe(false);
      }
    }),
  );
});
