// The expert that the inspector explains: the same on every screen that shows the model's experts.
import { create } from 'zustand';
import type { Run } from '../../electron/contract/api/runs.ts';
import type { Cell } from '../heatmap/types.ts';

type Selected = { readonly model: string; readonly cell: Cell | null };

const useSelected = create<Selected>()(() => ({ model: '', cell: null }));

/** @returns the selected expert of the run's model, and a function that selects another one or none */
export function useSelectedExpert(run: Run): [Cell | null, (cell: Cell | null) => void] {
  const model = [run.modelName, run.moeLayers.length, run.nExpert].join('/');
  const selected = useSelected();
  return [selected.model === model ? selected.cell : null, (cell) => useSelected.setState({ model, cell })];
}
