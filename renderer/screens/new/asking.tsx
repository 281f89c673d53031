// The three questions: which model, how much memory, for what work. What the search takes is shown before anything is computed.
import { ArrowLeft, FilePlus2, ListTree, Search } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Grant } from '../../../electron/contract/bridge.ts';
import type { Domain } from '../../../electron/contract/api/demos.ts';
import type { FitSearch } from '../../../electron/contract/api/fit.ts';
import type { ModelEntry } from '../../../electron/contract/api/library.ts';
import type { ErrorData } from '../../../electron/contract/errors.ts';
import { sizeTextAbove } from '../../../electron/contract/size-text.ts';
import { chooseFiles } from '../../files/hand-over.ts';
import { Preparing } from '../../jobs/preparing.tsx';
import { Button } from '../../kit/button.tsx';
import { classNames } from '../../kit/class-names.ts';
import { ErrorPanel } from '../../kit/error-panel.tsx';
import kit from '../../kit/primitives.module.css';
import { ProgressBar } from '../../kit/progress-bar.tsx';
import { Screen } from '../../kit/screen.tsx';
import { useFormat } from '../../kit/use-format.ts';
import { bridge } from '../../state/bridge.ts';
import { followSearch, openSearch } from '../../state/best-search.ts';
import { useCallMutation } from '../../state/calls.ts';
import { go } from '../../state/navigation.ts';
import { useOutputFolder } from '../../state/output-folder.ts';
import { reportFailure } from '../../state/report-failure.ts';
import { useAsked } from './asked.ts';
import { MemoryPart } from './memory-part.tsx';
import { ModelPart } from './model-part.tsx';
import styles from './new.module.css';
import { Planned } from './planned.tsx';
import { fileNameFor } from './search.ts';
import { SearchOptions } from './search-options.tsx';
import { needsTexts, TextHelp } from './text-help.tsx';
import { WorkChoice } from './work-choice.tsx';

type AskingProps = {
  readonly model: ModelEntry;
  readonly domain: Domain;
  /** The last search; null: there was none. */
  readonly last: FitSearch | null;
  /** The last search that found something; null: there was none. */
  readonly result: FitSearch | null;
  /** A search has been started, and is about to be shown. */
  readonly isStarted: boolean;
};

export function Asking({ model, domain, last, result, isStarted }: AskingProps): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const [target, setTarget] = useState<Grant | null>(null);
  const form = useAsked(model, domain, last);
  const { budgetBytes, params, change, setTyped, setMeaning, isOld, plan, isFitting } = form;
  const start = useCallMutation('fit.start', {
    onSuccess: ({ jobId }, sent) => sent.kind === 'domain' && followSearch(jobId, sent),
  });
  const fileName = fileNameFor(model.name, model.details?.fileType ?? '', domain.name);
  const begin = async (): Promise<void> => {
    const goal = target ?? (await bridge().newTarget('model', fileName));
    start.mutate({ ...params, target: goal.id, sizesName: target === null });
  };
  const takeSize = (size: string): void => {
    setMeaning('use');
    setTyped(size);
  };
  const error = start.error ?? (budgetBytes === null || isOld || isFitting ? null : form.error);
  const seconds = error === null && !isOld ? plan?.seconds : undefined;
  const planning = <ProgressBar label={t('fit.planning')} value={null} />;
  return (
    <Screen
      title={t('frame.screen.new')}
      lead={t('fit.lead')}
      action={
        <>
          <Button
            variant="primary"
            icon={Search}
            isDisabled={error !== null || budgetBytes === null || isFitting || start.isPending || isStarted}
            onPress={() => void begin().catch(reportFailure)}
          >
            {seconds === undefined
              ? t('fit.start')
              : t('fit.startFor', { time: format.duration(1000 * Math.max(1, seconds)) })}
          </Button>
          {result !== null && (
            <Button icon={ArrowLeft} onPress={() => openSearch(result)}>
              {t('fit.back')}
            </Button>
          )}
        </>
      }
    >
      <div className={classNames(kit.stack5, styles.ask)}>
        <Preparing />
        <ModelPart model={model} />
        <MemoryPart form={form} />
        <WorkQuestion domain={domain} />
        {error !== null ? (
          <ErrorPanel
            error={error.toData()}
            safe={t('fit.safe')}
            {...(needsTexts(error) && { todo: t('fit.addText', { domain: domain.name }) })}
          >
            <TextHelp error={error.toData()} />
            <FittingSizes error={error.toData()} onMemory={takeSize} onContext={(ctx) => change({ ctx })} />
          </ErrorPanel>
        ) : isFitting || budgetBytes === null ? null : plan === undefined ? (
          planning
        ) : (
          <>
            {isOld && planning}
            <Planned plan={plan} isOld={isOld} />
          </>
        )}
        <Place target={target} />
        <SearchOptions model={model} params={params} onChange={change} fileName={fileName} onTarget={setTarget} />
      </div>
    </Screen>
  );
}

function WorkQuestion({ domain }: { readonly domain: Domain }): ReactNode {
  const { t } = useTranslation();
  return (
    <section className={classNames(kit.stack2, styles.question)} aria-label={t('fit.forWhat')}>
      <h2>{t('fit.forWhat')}</h2>
      <div className={kit.cluster}>
        <WorkChoice domain={domain} />
        <Button size="small" variant="quiet" icon={ListTree} onPress={() => go('demos')}>
          {t('fit.otherWork')}
        </Button>
        <Button size="small" icon={FilePlus2} onPress={() => void chooseFiles('demos')}>
          {t('fit.ownFiles')}
        </Button>
      </div>
    </section>
  );
}

type FittingSizesProps = {
  readonly error: ErrorData;
  readonly onMemory: (text: string) => void;
  readonly onContext: (ctx: number) => void;
};

/** If nothing fits, offers sizes that would. */
function FittingSizes({ error: { code, details }, onMemory, onContext }: FittingSizesProps): ReactNode {
  const { t } = useTranslation();
  const { neededBytes, fittingCtx } = details ?? {};
  if (code !== 'NOTHING_FITS' || typeof neededBytes !== 'number') return null;
  const size = sizeTextAbove(neededBytes);
  return (
    <>
      <Button size="small" onPress={() => onMemory(size)}>
        {t('fit.useMemory', { size })}
      </Button>
      {typeof fittingCtx === 'number' && (
        <Button size="small" onPress={() => onContext(fittingCtx)}>
          {t('fit.useContext', { count: fittingCtx })}
        </Button>
      )}
    </>
  );
}

function Place({ target }: { readonly target: Grant | null }): ReactNode {
  const { t } = useTranslation();
  const folder = useOutputFolder();
  if (target !== null) return <p className={kit.dim}>{t('fit.savedAs', { name: target.name })}</p>;
  return folder === undefined ? null : <p className={kit.dim}>{t('fit.savedIn', { folder })}</p>;
}
