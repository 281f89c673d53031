// What is worked on by hand: scores, choice and file. What each shows and offers, and what choosing in it does.
import { useTranslation } from 'react-i18next';
import type { ScreenId } from '../../electron/contract/commands.ts';
import { fileName } from '../kit/file-name.ts';
import type { Choice } from '../kit/choice-list.tsx';
import { useFormat } from '../kit/use-format.ts';
import { useCall } from '../state/calls.ts';
import { fileChoice, isFromChoice, selectionChoice } from '../state/choosing.ts';
import { useRunName } from '../state/run-name.ts';
import { choose, useTrail } from '../state/trail.ts';
import { useTrailExport, useTrailSelection, useTrailRuns } from '../state/trail-items.ts';

export type Chip = {
  readonly id: 'run' | 'selection' | 'export';
  readonly what: string;
  /** null: nothing is chosen. */
  readonly value: string | null;
  /** One line that says what is missing. */
  readonly missing: string;
  /** Built when the list opens: there may be hundreds. */
  readonly choices: () => readonly Choice<string>[];
  readonly chosenId: string | null;
  readonly onChoose: (id: string) => void;
  readonly emptyText: string;
  /** The screen that makes such things. */
  readonly screen: ScreenId;
};

function useRunChip(): Chip {
  const { t } = useTranslation();
  const format = useFormat();
  const modelId = useTrail((trail) => trail.modelId);
  const chosen = useTrailRuns();
  const runs = useCall('runs.list', {}).data ?? [];
  const [first] = chosen;
  const getName = useRunName(runs);
  const single = first && getName(first);
  return {
    id: 'run',
    what: t('frame.trail.run'),
    value: chosen.length > 1 ? t('frame.trail.runs', { count: chosen.length }) : (single ?? null),
    missing: t('frame.trail.runMissing'),
    choices: () =>
      runs
        .filter((run) => modelId === null || run.modelId === modelId)
        .map((run) => ({
          id: String(run.id),
          label: getName(run),
          note: `${run.modelName} · ${format.date(run.startedMs)}`,
        })),
    chosenId: first && chosen.length === 1 ? String(first.id) : null,
    onChoose: (id) => choose({ runIds: [Number(id)] }),
    emptyText: t('frame.trail.runEmpty'),
    screen: 'score',
  };
}

function useSelectionChip(): Chip {
  const { t } = useTranslation();
  const modelId = useTrail((trail) => trail.modelId);
  const selection = useTrailSelection();
  const selections = useCall('selections.list', { modelId: null }).data ?? [];
  return {
    id: 'selection',
    what: t('frame.trail.selection'),
    value: selection?.name ?? null,
    missing: t('frame.trail.selectionMissing'),
    choices: () =>
      selections
        .filter((other) => modelId === null || other.modelId === modelId)
        .map(({ id, name, keep, nExpert, modelName }) => ({
          id: String(id),
          label: name,
          note: `${modelName} · ${t('frame.trail.kept', { keep, total: nExpert })}`,
        })),
    chosenId: selection === null ? null : String(selection.id),
    onChoose: (id) => {
      const picked = selections.find((other) => String(other.id) === id);
      if (picked) choose(selectionChoice(picked));
    },
    emptyText: t('frame.trail.selectionEmpty'),
    screen: 'choose',
  };
}

function useExportChip(): Chip {
  const { t } = useTranslation();
  const format = useFormat();
  const modelId = useTrail((trail) => trail.modelId);
  const file = useTrailExport();
  const selection = useTrailSelection();
  const selections = useCall('selections.list', { modelId: null }).data ?? [];
  const files = useCall('exports.list', {}).data ?? [];
  const isOfOther = file !== null && selection !== null && !isFromChoice(file, selection);
  return {
    id: 'export',
    what: t('frame.trail.export'),
    value:
      file === null
        ? null
        : file.state === 'done' && file.modelId === null
          ? t('frame.trail.exportGone', { name: fileName(file.displayPath) })
          : isOfOther
            ? t('frame.trail.ofOther', { name: fileName(file.displayPath) })
            : fileName(file.displayPath),
    missing: t('frame.trail.exportMissing'),
    choices: () =>
      files
        .filter((other) => other.state === 'done' && (modelId === null || other.sourceModelId === modelId))
        .map(({ id, displayPath, bytes }) => ({
          id: String(id),
          label: fileName(displayPath),
          note: bytes === null ? displayPath : `${format.bytes(bytes)} · ${displayPath}`,
        })),
    chosenId: file === null ? null : String(file.id),
    onChoose: (id) => {
      const picked = files.find((other) => String(other.id) === id);
      if (picked) choose(fileChoice(picked, selections));
    },
    emptyText: t('frame.trail.exportEmpty'),
    screen: 'export',
  };
}

export function useHandChips(): readonly Chip[] {
  return [useRunChip(), useSelectionChip(), useExportChip()];
}
