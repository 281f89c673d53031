// Which demo sets provide prompts (those of the selection's domains, and others), and how much the models write.
import { FilePlus2 } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { chooseFiles } from '../../../files/hand-over.ts';
import { Button } from '../../../kit/button.tsx';
import { Checkbox } from '../../../kit/checkbox.tsx';
import { classNames } from '../../../kit/class-names.ts';
import kit from '../../../kit/primitives.module.css';
import { Select } from '../../../kit/select.tsx';
import { Term } from '../../../kit/term.tsx';
import { useFormat } from '../../../kit/use-format.ts';
import styles from '../proof/prove.module.css';
import { SideGroups } from '../proof/side-groups.tsx';
import { chooseDomain, useEffort } from './answers-choices.ts';
import { PROMPTS, SAMPLES, TEMPERATURES, TOKENS, type Effort } from './effort.ts';
import type { PromptSource } from './prompt-sources.ts';
import type { Checking } from './use-checking.ts';

type PromptChoicesProps = { readonly sources: readonly PromptSource[]; readonly domains: readonly string[] };

export function PromptChoices({ sources, domains }: PromptChoicesProps): ReactNode {
  const { t } = useTranslation();
  return (
    <section className={classNames(kit.stack2, styles.group)} aria-label={t('generation.prompts')}>
      <h2>{t('generation.prompts')}</h2>
      <SideGroups items={sources} domains={domains} none={(side) => t(`generation.none.${side}`)}>
        {(source) => <SourceChoice key={source.id} source={source} />}
      </SideGroups>
    </section>
  );
}

function SourceChoice({ source }: { readonly source: PromptSource }): ReactNode {
  const { t } = useTranslation();
  const { id, name, demos, scored, isChosen } = source;
  const isUsedUp = scored >= demos;
  return (
    <>
      <Checkbox
        isSelected={isChosen}
        onChange={(is) => chooseDomain(id, is)}
        note={
          isUsedUp
            ? t('generation.allScored', { count: demos })
            : scored > 0
              ? t('generation.someScored', { left: demos - scored, count: demos })
              : t('generation.demos', { count: demos })
        }
      >
        {name}
      </Checkbox>
      {isUsedUp && <AddDemos domainId={id} />}
    </>
  );
}

/** A remedy if all demos of a set were scored. */
export function AddDemos({ domainId }: { readonly domainId: number }): ReactNode {
  const { t } = useTranslation();
  return (
    <div>
      <Button size="small" icon={FilePlus2} onPress={() => void chooseFiles('demos', domainId)}>
        {t('generation.addDemos')}
      </Button>
    </div>
  );
}

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
    <section className={classNames(kit.stack2, styles.group)} aria-label={t('generation.effort')}>
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
