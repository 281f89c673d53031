// What the model writes on prompts that it was not scored on, checked beside the full model's answers.
import { ListChecks } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { z } from 'zod';
import type { Generation } from '../../../electron/contract/api/generations.ts';
import type { Selection } from '../../../electron/contract/api/selections.ts';
import { Button } from '../../kit/button.tsx';
import { Checkbox } from '../../kit/checkbox.tsx';
import { classNames } from '../../kit/class-names.ts';
import { ErrorPanel } from '../../kit/error-panel.tsx';
import kit from '../../kit/primitives.module.css';
import { Select } from '../../kit/select.tsx';
import { SkeletonRows } from '../../kit/skeleton.tsx';
import { useCall, useCallMutation } from '../../state/calls.ts';
import { useKeptState } from '../../state/kept-state.ts';
import { useViewState } from '../../state/settings.ts';
import { usePlannedSubject } from '../../verdict/use-verdict.ts';
import { AnswersTable } from './answers-table.tsx';
import { JobNewsPanel, useJobNews } from './job-news.tsx';
import { PromptList } from './prompt-list.tsx';
import { promptSources } from './prompt-sources.ts';
import styles from './prove.module.css';

const PROMPTS = [5, 20, 100, 500, 2000] as const;
const TOKENS = [64, 256, 512, 1024, 4096] as const;
const effortSchema = z.object({ prompts: z.literal(PROMPTS), tokens: z.literal(TOKENS) });

export function Answers({ selection }: { readonly selection: Selection }): ReactNode {
  const { t } = useTranslation();
  const { subject } = usePlannedSubject(selection);
  const checks = useCall('generations.list', subject).data ?? [];
  const domains = useCall('domains.list', {}).data ?? [];
  const runs = useCall('runs.list', {}).data ?? [];
  const [chosen, setChosen] = useKeptState<Readonly<Record<string, boolean>>>('prove.prompts', {});
  const [effort, setEffort] = useViewState('prove.generation', effortSchema, { prompts: 20, tokens: 256 });
  const [jobId, setJobId] = useKeptState<number | null>('prove.checking', null);
  const start = useCallMutation('generations.start', { onSuccess: (started) => setJobId(started.jobId) });
  const news = useJobNews('generate', start, jobId, () => setJobId(null));
  const sources = promptSources(domains, selection, runs, chosen);
  const domainIds = sources.flatMap(({ id, isChosen }) => (isChosen ? [id] : []));
  return (
    <section className={kit.stack3} aria-label={t('generation.title')}>
      <h2>{t('generation.title')}</h2>
      <div className={classNames(kit.cluster, styles.choices)}>
        {sources.map(({ id, name, demos, left, isChosen }) => (
          <Checkbox
            key={id}
            isSelected={isChosen}
            onChange={(is) => setChosen({ ...chosen, [id]: is })}
            note={left === 0 ? t('generation.allScored', { count: demos }) : t('generation.left', { count: left })}
          >
            {name}
          </Checkbox>
        ))}
        <Select
          label={t('generation.limit')}
          choices={PROMPTS.map((count) => ({ id: String(count), label: String(count) }))}
          value={String(effort.prompts)}
          onChange={(id) => setEffort({ ...effort, prompts: PROMPTS.find((count) => String(count) === id) ?? 20 })}
        />
        <Select
          label={t('generation.maxTokens')}
          choices={TOKENS.map((count) => ({ id: String(count), label: t('generation.upToTokens', { count }) }))}
          value={String(effort.tokens)}
          onChange={(id) => setEffort({ ...effort, tokens: TOKENS.find((count) => String(count) === id) ?? 256 })}
        />
        <Button
          icon={ListChecks}
          disabledReason={
            selection.modelId === null
              ? t('prove.reasonModel')
              : domainIds.length === 0
                ? t('generation.reasonDemos')
                : null
          }
          isDisabled={news.isBusy}
          onPress={() => start.mutate({ ...subject, domainIds, limit: effort.prompts, maxTokens: effort.tokens })}
        >
          {t('generation.check')}
        </Button>
      </div>
      <JobNewsPanel news={news} />
      {checks.length === 0 ? (
        <p className={kit.dim}>{t('generation.emptyText')}</p>
      ) : (
        <>
          <AnswersTable checks={checks} />
          <Examples checks={checks} />
        </>
      )}
    </section>
  );
}

/** The prompts and answers of one check; those where they differ or fail come first. */
function Examples({ checks }: { readonly checks: readonly Generation[] }): ReactNode {
  const { t } = useTranslation();
  const [wanted, setWanted] = useKeptState<number | null>('prove.example check', null);
  const [place, setPlace] = useKeptState('prove.example', 0);
  const check = checks.find(({ id }) => id === wanted) ?? checks[0]!;
  const { data, error } = useCall('generations.examples', { id: check.id }, { keepPrevious: true });
  return (
    <section className={kit.stack3} aria-label={t('generation.examples')}>
      <div className={kit.cluster}>
        <h2>{t('generation.examples')}</h2>
        {checks.length > 1 && (
          <Select
            label={t('generation.prompts')}
            isLabelHidden
            choices={checks.map(({ id, domain }) => ({ id: String(id), label: domain }))}
            value={String(check.id)}
            onChange={(id) => {
              setWanted(Number(id));
              setPlace(0);
            }}
          />
        )}
      </div>
      {error !== null ? (
        <ErrorPanel error={error.toData()} />
      ) : data === undefined ? (
        <SkeletonRows rows={12} />
      ) : (
        <PromptList
          examples={data.examples}
          chosen={Math.min(place, data.examples.length - 1)}
          onChoose={setPlace}
          name={t(check.isFile ? 'prove.prunedFile' : 'prove.preview')}
        />
      )}
    </section>
  );
}
