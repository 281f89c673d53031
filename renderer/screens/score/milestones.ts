// The points of the agreement curve with labels: those that the papers give, and half of the demos.
import type { CallResult } from '../../../electron/contract/api.ts';

type Point = CallResult<'runs.agreement'>['points'][number];

/** Returns the points at 1, 2, 5, 10, 25, 50, 100, 250, …, and the last one. @param points ascending, with half of the demos at the end */
export function milestones(points: readonly Point[]): readonly Point[] {
  return points.filter(({ demos }, index) => index === points.length - 1 || isMilestone(demos));
}

function isMilestone(demos: number): boolean {
  const decade = 10 ** Math.floor(Math.log10(demos));
  const leading = demos / decade;
  return leading === 1 || leading === 5 || leading === (demos < 10 ? 2 : 2.5);
}
