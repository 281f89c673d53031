// The two questions: how much memory, and for what domain. What the search takes is shown before anything is computed.
import { ArrowLeft, FilePlus2, ListTree, Search } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Grant } from '../../../electron/contract/bridge.ts';
import type { Domain } from '../../../electron/contract/api/demos.ts';
import type { FitOfDomain, FitSearch } from '../../../electron/contract/api/fit.ts';
import type { MemoryFit, ModelEntry } from '../../../electron/contract/api/library.ts';
import type { ErrorData } from '../../../electron/contract/errors.ts';
import { LEAST_CTX } from '../../../electron/contract/fit.ts';
import { sizeTextAbove, sizeTextBelow } from '../../../electron/contract/size-text.ts';
import { chooseFiles } from '../../files/hand-over.ts';
import { Preparing } from '../../jobs/preparing.tsx';
import { Button } from '../../kit/button.tsx';
import { classNames } from '../../kit/class-names.ts';
import { ErrorPanel } from '../../kit/error-panel.tsx';
import { needBytes } from '../../memory/memory-scale.ts';
import { memoryOfText } from '../../memory/memory-text.ts';
import { NumberField } from '../../kit/number-field.tsx';
import kit from '../../kit/primitives.module.css';
import { ProgressBar } from '../../kit/progress-bar.tsx';
import { Screen } from '../../kit/screen.tsx';
import { Skeleton } from '../../kit/skeleton.tsx';
import { TextField } from '../../kit/text-field.tsx';
import { useFormat } from '../../kit/use-format.ts';
import { useSettled } from '../../kit/use-settled.ts';
import { bridge } from '../../state/bridge.ts';
import { followSearch, openSearch } from '../../state/best-search.ts';
import { useCall, useCallMutation } from '../../state/calls.ts';
import { useKeptState } from '../../state/kept-state.ts';
import { go } from '../../state/navigation.ts';
import { useOutputFolder } from '../../state/output-folder.ts';
import { reportFailure } from '../../state/report-failure.ts';
import { useContextLength } from '../../state/settings.ts';
import { ModelPart } from './model-part.tsx';
import styles from './new.module.css';
import { Planned } from './planned.tsx';
import { fileNameFor, firstParams } from './search.ts';
import { SearchOptions } from './search-options.tsx';
import { needsTexts, TextHelp } from './text-help.tsx';
import { WorkChoice } from './work-choice.tsx';

/** How long a text must stay unchanged before the engine is asked. */
const SETTLE_MS = 300;

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
  const { budgetBytes, params, change, setTyped, isOld, plan } = form;
  const start = useCallMutation('fit.start', {
    onSuccess: ({ jobId }, sent) => sent.kind === 'domain' && followSearch(jobId, sent),
  });
  const fileName = fileNameFor(model.name, model.details?.fileType ?? '', domain.name);
  const begin = async (): Promise<void> => {
    const goal = target ?? (await bridge().newTarget('model', fileName));
    start.mutate({ ...params, target: goal.id, sizesName: target === null });
  };
  const error = start.error ?? (budgetBytes === null || isOld ? null : form.error);
  const seconds = error === null && !isOld ? plan?.seconds : undefined;
  const planning = budgetBytes !== null && <ProgressBar label={t('fit.planning')} value={null} />;
  return (
    <Screen
      title={t('frame.screen.new')}
      lead={t('fit.lead')}
      action={
        <>
          <Button
            variant="primary"
            icon={Search}
            isDisabled={error !== null || budgetBytes === null || start.isPending || isStarted}
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
        <MemoryQuestion form={form} />
        <WorkQuestion domain={domain} />
        {error !== null ? (
          <ErrorPanel
            error={error.toData()}
            safe={t('fit.safe')}
            {...(needsTexts(error) && { todo: t('fit.addText', { domain: domain.name }) })}
          >
            <TextHelp error={error.toData()} />
            <FittingSizes error={error.toData()} onMemory={setTyped} onContext={(ctx) => change({ ctx })} />
          </ErrorPanel>
        ) : plan === undefined ? (
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

type Asked = ReturnType<typeof useAsked>;

/** Returns the settings entered so far, and the engine's plan for them. */
function useAsked(model: ModelEntry, domain: Domain, last: FitSearch | null) {
  const mostCtx = model.details?.contextLength || Infinity;
  const usualCtx = Math.min(useContextLength(), mostCtx);
  const memory = useCall('library.memory', { modelId: model.id, ctx: usualCtx, keep: null }, { isOfFiles: true }).data;
  // kept across demo sets, since it is a property of the machine
  const [typed, setTyped] = useKeptState<string | null>(`best.memory of ${model.id}`, null);
  const [changes, setChanges] = useState<Partial<FitOfDomain>>({});
  const filledIn = filledInFor(memory, last);
  const text = typed ?? (filledIn === null ? '' : sizeTextBelow(filledIn.bytes));
  const budgetBytes = memoryOfText(text);
  const first = firstParams({
    modelId: model.id,
    domainId: domain.id,
    last,
    ctx: usualCtx,
    budgetBytes: budgetBytes ?? 1,
    fileType: model.details?.fileType ?? 'unknown',
  });
  const params: FitOfDomain = { ...first, budgetBytes: budgetBytes ?? 1, ...changes };
  const settled = useSettled(budgetBytes, SETTLE_MS);
  const plan = useCall(
    'fit.plan',
    { ...params, budgetBytes: settled ?? 1 },
    { enabled: settled !== null, keepPrevious: true },
  );
  return {
    memory,
    filledIn,
    isTyped: typed !== null,
    text,
    setTyped,
    /** null: what is typed is no size, or this machine's memory is not known yet. */
    budgetBytes,
    mostCtx,
    params,
    change: (more: Partial<FitOfDomain>) => setChanges({ ...changes, ...more }),
    plan: plan.data,
    error: plan.error,
    /** The plan is for earlier settings. */
    isOld: plan.isPlaceholderData || settled !== budgetBytes,
  };
}

function MemoryQuestion({ form }: { readonly form: Asked }): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const { memory, filledIn, isTyped, text, setTyped, budgetBytes, mostCtx, params, change } = form;
  return (
    <section className={classNames(kit.stack3, styles.question)} aria-label={t('fit.howMuch')}>
      <h2>{t('fit.howMuch')}</h2>
      <div className={styles.fields}>
        <TextField
          label={t('fit.memoryField')}
          description={memory && t('fit.memoryNote', { size: sizeTextBelow(halfBytes(memory)) })}
          value={text}
          onChange={setTyped}
          error={text.trim() !== '' && budgetBytes === null ? t('fit.memoryNoSize') : null}
        />
        <NumberField
          label={t('choose.context')}
          unit={t('choose.tokens')}
          value={params.ctx}
          minValue={Math.min(LEAST_CTX, mostCtx)}
          {...(mostCtx < Infinity && { maxValue: mostCtx })}
          step={LEAST_CTX}
          onChange={(ctx) => change({ ctx })}
        />
      </div>
      {memory === undefined ? (
        <Skeleton height={24} />
      ) : (
        <Rooms memory={memory} onTake={(bytes) => setTyped(sizeTextBelow(bytes))} />
      )}
      {!isTyped && memory !== undefined && filledIn?.isHalf === true && (
        <p className={kit.dim}>
          {t('fit.fitsWhole', { whole: format.bytes(needBytes(memory.full)), half: sizeTextBelow(filledIn.bytes) })}
        </p>
      )}
    </section>
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

/**
 * Returns the size to fill in: the last one, or this machine's; if the whole model fits anyway, what half of it needs.
 * @returns null: not known yet
 */
function filledInFor(
  memory: MemoryFit | undefined,
  last: FitSearch | null,
): { readonly bytes: number; readonly isHalf: boolean } | null {
  if (last !== null) return { bytes: last.budgetBytes, isHalf: false };
  if (memory === undefined) return null;
  const needed = needBytes(memory.full);
  const free = memory.room.vram ?? memory.room.memory;
  return needed <= free ? { bytes: halfBytes(memory), isHalf: true } : { bytes: free, isHalf: false };
}

/** Memory for half of the weights: a conversation needs the same whatever the file's size. */
function halfBytes({ full: { weightsBytes, kvBytes, computeBytes } }: MemoryFit): number {
  return weightsBytes / 2 + kvBytes + computeBytes;
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

type RoomsProps = { readonly memory: MemoryFit; readonly onTake: (bytes: number) => void };

function Rooms({ memory, onTake }: RoomsProps): ReactNode {
  const { t } = useTranslation();
  const rooms = [
    { id: 'memory', bytes: memory.room.memory },
    ...(memory.room.vram === null ? [] : [{ id: 'vram', bytes: memory.room.vram } as const]),
    { id: 'half', bytes: halfBytes(memory) },
  ] as const;
  return (
    <div role="group" aria-label={t('fit.rooms')} className={kit.cluster}>
      {rooms.map(({ id, bytes }) => (
        <Button key={id} size="small" onPress={() => onTake(bytes)}>
          {t(`fit.room.${id}`, { size: sizeTextBelow(bytes) })}
        </Button>
      ))}
    </div>
  );
}

function Place({ target }: { readonly target: Grant | null }): ReactNode {
  const { t } = useTranslation();
  const folder = useOutputFolder();
  if (target !== null) return <p className={kit.dim}>{t('fit.savedAs', { name: target.name })}</p>;
  return folder === undefined ? null : <p className={kit.dim}>{t('fit.savedIn', { folder })}</p>;
}
