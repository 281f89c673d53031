// The one next step: score, continue, or choose.
import { Play, RotateCcw, SlidersHorizontal, Trash2 } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Domain } from '../../../electron/contract/api/demos.ts';
import type { ModelEntry } from '../../../electron/contract/api/library.ts';
import type { Run } from '../../../electron/contract/api/runs.ts';
import { Button } from '../../kit/button.tsx';
import { useTranslate } from '../../kit/translate.ts';
import { callEngine } from '../../state/calls.ts';
import { deleteWithUndo } from '../../state/delete-with-undo.ts';
import { go } from '../../state/navigation.ts';
import type { ScoreJobs } from './score-job.ts';
import type { Scoring } from './use-scoring.ts';

type ScoreActionsProps = {
  readonly model: ModelEntry | null;
  readonly domain: Domain | null;
  readonly run: Run | undefined;
  readonly jobs: ScoreJobs;
  readonly scoring: Scoring;
};

export function ScoreActions({ model, domain, run, jobs, scoring }: ScoreActionsProps): ReactNode {
  const { t } = useTranslation();
  const reason = useReason(model, domain);
  const { demos, importance, isPending, start } = scoring;
  const startText = t('score.start', { count: demos });
  if (jobs.active !== undefined) return null;
  const isUnfinished = run !== undefined && run.state !== 'done' && run.state !== 'running';
  if (isUnfinished && run.scoredDemos < run.demos) {
    return (
      <>
        <Button
          variant="primary"
          icon={Play}
          disabledReason={jobs.ended === undefined ? reason : null}
          isDisabled={isPending}
          onPress={() => scoring.resume(jobs.ended)}
        >
          {t('score.resume', { count: run.demos - run.scoredDemos })}
        </Button>
        {run.scoredDemos > 0 && (
          <Button icon={SlidersHorizontal} onPress={() => go('choose')}>
            {t('score.goChoose')}
          </Button>
        )}
        <DeleteRun run={run} />
      </>
    );
  }
  if (run === undefined) {
    // in this case, the screen itself says what is missing
    if (model === null || domain === null || domain.demos === 0) return null;
    return (
      <Button
        variant="primary"
        icon={Play}
        disabledReason={reason}
        isDisabled={isPending}
        onPress={() => start({ fresh: false })}
      >
        {startText}
      </Button>
    );
  }
  const isSame = run.domain === domain?.name && run.demos === demos && (run.importance || !importance.isOn);
  return (
    <>
      <Button variant="primary" icon={SlidersHorizontal} onPress={() => go('choose')}>
        {t('score.goChoose')}
      </Button>
      {reason === null && (
        <Button icon={isSame ? RotateCcw : Play} isDisabled={isPending} onPress={() => start({ fresh: isSame })}>
          {isSame ? t('score.again') : startText}
        </Button>
      )}
      <DeleteRun run={run} />
    </>
  );
}

function DeleteRun({ run: { id } }: { readonly run: Run }): ReactNode {
  const { t } = useTranslation();
  const remove = (): Promise<void> =>
    deleteWithUndo(() => callEngine('runs.delete', { runIds: [id] }), t('score.deleted'));
  return (
    <Button variant="quiet" icon={Trash2} onPress={() => void remove()}>
      {t('score.delete')}
    </Button>
  );
}

/** Why nothing can be scored; null: it can. */
function useReason(model: ModelEntry | null, domain: Domain | null): string | null {
  const { t } = useTranslation();
  const translate = useTranslate();
  if (model === null) return t('score.reasonModel');
  if (model.state !== 'ready') return model.reason === null ? t('score.reasonModel') : translate(model.reason);
  return domain === null || domain.demos === 0 ? t('score.reasonDemos') : null;
}
