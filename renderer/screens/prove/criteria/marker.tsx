// One shape a criterion, so that lines are told apart without colour.
import type { ReactNode } from 'react';
import type { Criterion } from '../../../../electron/contract/criteria.ts';

/** Around the origin, in CSS pixels. */
const PATHS: Readonly<Record<Criterion, string>> = {
  'easy-ep': 'M-4,0a4,4 0 1,0 8,0a4,4 0 1,0 -8,0',
  reap: 'M-3.5,-3.5h7v7h-7z',
  ean: 'M0,-4.5L4.5,3.5H-4.5z',
  gate: 'M0,4.5L4.5,-3.5H-4.5z',
  frequency: 'M0,-5L5,0L0,5L-5,0z',
  random: 'M-3.5,-3.5L3.5,3.5M3.5,-3.5L-3.5,3.5',
};

export function Marker({
  criterion,
  x,
  y,
}: {
  readonly criterion: Criterion;
  readonly x: number;
  readonly y: number;
}): ReactNode {
  return <path d={PATHS[criterion]} transform={`translate(${x} ${y})`} />;
}
