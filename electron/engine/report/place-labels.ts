// Places the labels of a picture's points so that none covers another label or a point.

type Point = { readonly x: number; readonly y: number };
type Label = Point & { readonly text: string };

/** A label whose `x` is the start or the end of its baseline. */
type PlacedLabel = Label & { readonly anchor: 'start' | 'end' };

type Box = { readonly left: number; readonly right: number; readonly top: number; readonly bottom: number };

/** Width of a letter at the labels' size, rounded up. */
const LETTER_WIDTH = 6.4;
const ASCENT = 9;
const DESCENT = 3;
/** Distance from the centre of the point. */
const ASIDE = 12;
/** Vertical offsets of the baseline from the centre of the point, in the order in which they are tried. */
const LINES = [4, 18, -10, 32, -24];

/**
 * Places labels beside their points, right or left, at the first place with room; if there is none, on the right.
 * @param labels labels at the positions of their points
 * @param marks points that must stay free, within `radius`
 */
export function placeLabels(
  labels: readonly Label[],
  marks: readonly Point[],
  { area, radius }: { readonly area: Pick<Box, 'left' | 'right'>; readonly radius: number },
): PlacedLabel[] {
  const taken: Box[] = marks.map(({ x, y }) => ({
    left: x - radius,
    right: x + radius,
    top: y - radius,
    bottom: y + radius,
  }));
  return labels.map((label) => {
    const places = LINES.flatMap((line) =>
      (['start', 'end'] as const).map((anchor): PlacedLabel => {
        const aside = anchor === 'start' ? ASIDE : -ASIDE;
        return { text: label.text, anchor, x: label.x + aside, y: label.y + line };
      }),
    );
    const isFree = (place: PlacedLabel): boolean => {
      const box = boxOf(place);
      return box.left >= area.left && box.right <= area.right && taken.every((other) => !overlap(box, other));
    };
    const place = places.find(isFree) ?? places[0]!;
    taken.push(boxOf(place));
    return place;
  });
}

/** The box that a label covers, approximately. */
export function boxOf({ x, y, text, anchor }: PlacedLabel): Box {
  const width = LETTER_WIDTH * text.length;
  const left = anchor === 'start' ? x : x - width;
  return { left, right: left + width, top: y - ASCENT, bottom: y + DESCENT };
}

/** Whether two boxes have a point in common. */
export function overlap(a: Box, b: Box): boolean {
  return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
}
