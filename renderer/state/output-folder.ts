// The folder for results that nobody chose a place for.
import { useQuery } from '@tanstack/react-query';
import { bridge } from './bridge.ts';

/** Returns the folder; undefined: not known yet. */
export function useOutputFolder(): string | undefined {
  return useQuery({ queryKey: ['output-folder'], queryFn: () => bridge().outputFolder(), staleTime: Infinity }).data;
}
