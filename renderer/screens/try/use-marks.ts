// Whether the differences between two answers are marked, remembered between visits.
import { z } from 'zod';
import { useViewState } from '../../state/settings.ts';

export function useMarks(): [boolean, (isMarked: boolean) => void] {
  return useViewState('try.marks', z.boolean(), true);
}
