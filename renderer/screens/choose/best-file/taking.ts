// What can be done with the best file: its experts become the choice, or it is written.
import type { UseMutationResult } from '@tanstack/react-query';
import type { CallParams, CallResult } from '../../../../electron/contract/api.ts';
import type { FoundFit } from '../../../../electron/contract/api/fit.ts';
import type { WinnowError } from '../../../../electron/contract/errors.ts';
import type { FitFile } from '../../../../electron/contract/fit.ts';
import { bridge } from '../../../state/bridge.ts';
import { useCallMutation } from '../../../state/calls.ts';
import { goExport } from '../../../state/export-request.ts';
import { choose } from '../../../state/trail.ts';
import { editChoice, saveChoice } from '../../../state/working-choice.ts';

type Writing = UseMutationResult<CallResult<'exports.quantise'>, WinnowError, CallParams<'exports.quantise'>>;

type Taking = {
  readonly take: () => void;
  readonly takeAndExport: () => Promise<void>;
  /** The whole model in the best file's type, where the user says. */
  readonly writePlain: () => Promise<void>;
  readonly writing: Writing;
};

export function bestOf({ result: { files, best } }: Pick<FoundFit, 'result'>): FitFile {
  const file = files[best];
  if (file === undefined) throw new RangeError('the best file is one of them');
  return file;
}

export function useTaking(found: FoundFit, modelId: string): Taking {
  const { selection, quantise, runId, fileName } = found;
  const writing = useCallMutation('exports.quantise');
  const take = (): void => {
    if (selection === null) return;
    choose({ runIds: [...selection.runIds] });
    editChoice(selection);
  };
  return {
    take,
    takeAndExport: async () => {
      take();
      await saveChoice();
      goExport({ quantise });
    },
    writePlain: async () => {
      const target = quantise && (await bridge().pickTarget('model', fileName));
      if (quantise === null || target === null) return;
      writing.mutate({
        model: { kind: 'library', modelId },
        ...{ target: target.id, quantise, imatrixRun: runId, overwrite: false },
      });
    },
    writing,
  };
}
