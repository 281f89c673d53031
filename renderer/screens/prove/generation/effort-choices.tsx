// How much the models write.
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Select } from '../../../kit/select.tsx';
import { Term } from '../../../kit/term.tsx';
import { useFormat } from '../../../kit/use-format.ts';
import styles from '../prove.module.css';
import { PROMPTS, SAMPLES, TEMPERATURES, TOKENS, type Effort } from './effort.ts';
import { useEffort } from './generation-choices.ts';
import type { Checking } from './use-checking.ts';

export function EffortChoices({ checking }: { readonly checking: Checking }): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const [effort, setEffort] = useEffort();
  const choose =
    <Key extends keyof Effort>(key: Key, choices: readonly Effort[Key][]) =>
    (id: string): void => {
      const value = choices.find((one) => String(one) === id);
      if (value !== undefined) setEffort({ ...effort, [key]: value });
    };
  return (
    <section className={styles.group} aria-label={t('generation.effort')}>
      <h2>{t('generation.effort')}</h2>
      <div className={styles.amount}>
        <Select
          label={t('generation.limit')}
          choices={PROMPTS.map((count) => ({ id: String(count), label: t('generation.upToPrompts', { count }) }))}
          value={String(effort.prompts)}
          onChange={choose('prompts', PROMPTS)}
        />
        <Select
          label={t('generation.maxTokens')}
          choices={TOKENS.map((count) => ({ id: String(count), label: t('generation.upToTokens', { count }) }))}
          value={String(effort.tokens)}
          onChange={choose('tokens', TOKENS)}
        />
        <Select
          label={t('generation.samples')}
          choices={SAMPLES.map((count) => ({
            id: String(count),
            label: count === 0 ? t('generation.greedyOnly') : t('generation.alsoSampled', { count }),
          }))}
          value={String(effort.samples)}
          onChange={choose('samples', SAMPLES)}
        />
        <Select
          label={t('generation.temperature')}
          isDisabled={effort.samples === 0}
          choices={TEMPERATURES.map((value) => ({ id: String(value), label: format.decimal(value, 1) }))}
          value={String(effort.temperature)}
          onChange={choose('temperature', TEMPERATURES)}
        />
      </div>
      <p className={styles.small}>
        {t('generation.atMost', { tokens: format.count(checking.mostTokens) })}{' '}
        <Term name="greedy">{t('generation.whyGreedy')}</Term>
      </p>
    </section>
  );
}
