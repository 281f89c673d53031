// The points of a convergence curve that are named: those that the papers give, and all demos.
import type { CallResult } from '../../../electron/contract/api.ts';

type Point = CallResult<'runs.convergence'>['points'][number];

/** 1, 2, 5, 10, 25, 50, 100, 250, …, and the last. @param points ascending, with all demos at the end */
export function milestones(points: readonly Point[]): readonly Point[] {
  return points.filter(({ demos }, index) => index === points.length - 1 || isMilestone(demos));
}

function isMilestone(demos: number): boolean {
  const decade = 10 ** Math.floor(Math.log10(demos));
  const leading = demos / decade;
  return leading === 1 || leading === 5 || leading === (demos < 10 ? 2 : 2.5);
}
