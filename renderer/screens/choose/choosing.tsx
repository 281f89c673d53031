// The choice, its outcome, and its picture.
import { Check, FileOutput } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Run } from '../../../electron/contract/api/runs.ts';
import { Button } from '../../kit/button.tsx';
import { classNames } from '../../kit/class-names.ts';
import { ErrorPanel } from '../../kit/error-panel.tsx';
import kit from '../../kit/primitives.module.css';
import { Screen } from '../../kit/screen.tsx';
import { Segmented } from '../../kit/segmented.tsx';
import { useCall } from '../../state/calls.ts';
import { go } from '../../state/navigation.ts';
import { useFilePlan } from '../../state/planned-file.ts';
import { useTrailModel, useTrailSelection } from '../../state/trail-items.ts';
import { keepChoice, useWorkingChoice } from '../../state/working-choice.ts';
import { ChoiceVerdict } from '../../verdict/choice-verdict.tsx';
import styles from './choose.module.css';
import { ActiveExperts, ActiveExpertsForecast } from './active-experts.tsx';
import { ChosenMap } from './chosen-map.tsx';
import { changeDraft } from './change-draft.ts';
import type { Draft } from './draft.ts';
import { FileAtHand } from './file-at-hand.tsx';
import { KeepControls } from './keep-controls.tsx';
import { Outcome } from './outcome.tsx';
import { SelectionMenu } from './selection-menu.tsx';
import { useUndoing } from './undoing.ts';

type ChoosingProps = {
  readonly draft: Draft;
  /** At least one. */
  readonly runs: readonly Run[];
  /** The first of the runs. */
  readonly run: Run;
};

export function Choosing({ draft, runs, run }: ChoosingProps): ReactNode {
  const { t } = useTranslation();
  const model = useTrailModel();
  const { data: result, error } = useCall('selections.compute', { request: draft }, { keepPrevious: true });
  const keep = draft.keep.kind === 'count' ? draft.keep.count : result?.keep;
  const isWhole = keep === run.nExpert && draft.activeExperts === undefined;
  const selection = useTrailSelection();
  const undoing = useUndoing();
  const isUnsaved = useWorkingChoice((working) => working.isUnsaved);
  const { written } = useFilePlan(selection, false);
  const isWritten = written !== null && !isUnsaved;
  return (
    <Screen
      title={t('choose.title')}
      lead={t('choose.lead', {
        model: model !== null && model.id === run.modelId ? model.name : run.modelName,
        domains: runs.map(({ domain }) => domain).join(', '),
      })}
      action={
        <>
          {isWritten ? (
            <Button variant="primary" icon={FileOutput} onPress={() => go('export')}>
              {t('choose.file.show')}
            </Button>
          ) : (
            <Button
              variant="primary"
              icon={FileOutput}
              disabledReason={error !== null ? t('choose.impossible') : isWhole ? t('choose.nothing') : null}
              isDisabled={result === undefined}
              onPress={() => {
                void keepChoice();
                go('export');
              }}
            >
              {t('choose.use', { keep: keep ?? '…', total: run.nExpert })}
            </Button>
          )}
          <SelectionMenu modelId={run.modelId} />
        </>
      }
    >
      <FileAtHand written={written} history={undoing.history} />
      {selection !== null && selection.request?.runIds.join() !== draft.runIds.join() && (
        <p className={kit.dim}>{t('choose.otherOrigin', { name: selection.name })}</p>
      )}
      <div className={classNames(kit.chips, styles.controls)}>
        <KeepControls draft={draft} run={run} keep={result?.keep} />
        {error === null && <Outcome result={result} run={run} />}
      </div>
      {error !== null && (
        <ErrorPanel error={error.toData()}>
          {selection !== null && <p>{t('choose.lastStays', { name: selection.name })}</p>}
        </ErrorPanel>
      )}
      <ChosenMap draft={draft} run={run} runs={runs} result={result} undoing={undoing}>
        <div className={classNames(kit.chips, styles.controls)}>
          <ActiveExperts used={run.nExpertUsed} chosen={draft.activeExperts} />
          {run.nExpertGroups > 1 && <Grouping draft={draft} />}
        </div>
        <ActiveExpertsForecast draft={draft} run={run} />
      </ChosenMap>
      {selection === null ? <FirstView /> : <ChoiceVerdict />}
    </Screen>
  );
}

/** Says that this is not a choice yet: only a choice can be measured and written. */
function FirstView(): ReactNode {
  const { t } = useTranslation();
  return (
    <div className={classNames(kit.cluster, kit.framed, styles.view)}>
      <p>{t('choose.view')}</p>
      <Button size="small" icon={Check} onPress={() => void keepChoice()}>
        {t('choose.keepView')}
      </Button>
    </div>
  );
}

function Grouping({ draft }: { readonly draft: Draft }): ReactNode {
  const { t } = useTranslation();
  return (
    <Segmented
      label={t('choose.grouping')}
      segments={(['ungrouped', 'balanced'] as const).map((id) => ({ id, label: t(`choose.groupings.${id}`) }))}
      value={draft.grouping}
      onChange={(grouping) => changeDraft({ grouping })}
    />
  );
}
