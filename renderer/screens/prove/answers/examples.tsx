// What was written, prompt by prompt: the demo's own answer, the full model's and a variant's side by side. Prompts
// where they differ or fail come first.
import { ChevronLeft, ChevronRight } from 'lucide-react';
import { useEffect, type KeyboardEvent, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Generation } from '../../../../electron/contract/api/generations.ts';
import { classNames } from '../../../kit/class-names.ts';
import { ErrorPanel } from '../../../kit/error-panel.tsx';
import { IconButton } from '../../../kit/icon-button.tsx';
import { keyText } from '../../../kit/key-names.ts';
import kit from '../../../kit/primitives.module.css';
import { Select } from '../../../kit/select.tsx';
import { SkeletonRows } from '../../../kit/skeleton.tsx';
import { useKeys } from '../../../kit/use-keys.ts';
import { useCall } from '../../../state/calls.ts';
import { useKeptState } from '../../../state/kept-state.ts';
import prove from '../proof/prove.module.css';
import { SIDES } from '../proof/sides.ts';
import type { ProofVariant } from '../proof/use-proof.ts';
import { useShortName, useVariantName } from '../proof/variant-name.tsx';
import { EXAMPLE_FILTERS, type ExampleFilter } from './answers-choices.ts';
import styles from './answers.module.css';
import type { ComparedAnswers } from './compared-answers.ts';
import { PromptList } from './prompt-list.tsx';

const NEXT_KEYS = 'Alt+PageDown';
const PREVIOUS_KEYS = 'Alt+PageUp';
/** Number of examples per request. */
const PAGE = 100;

type ExamplesProps = {
  readonly compared: ComparedAnswers;
  readonly variants: readonly ProofVariant[];
  /** The variant that is shown first. */
  readonly subject: ProofVariant;
};

export function Examples({ compared: { sides }, variants, subject }: ExamplesProps): ReactNode {
  const { t } = useTranslation();
  const nameOf = useVariantName();
  const [wantedKey, setKey] = useKeptState<string | null>('prove.example variant', null);
  const [wantedDomain, setDomain] = useKeptState<string | null>('prove.example domain', null);
  const [filter, setFilter] = useKeptState<ExampleFilter>('prove.example filter', 'all');
  const rowsOf = ({ key }: ProofVariant): Generation[] =>
    SIDES.flatMap((side) => sides[side].variants.get(key)?.rows ?? []);
  const shown = variants.filter((variant) => rowsOf(variant).length > 0);
  const variant =
    shown.find(({ key }) => key === wantedKey) ?? shown.find(({ key }) => key === subject.key) ?? shown[0];
  if (variant === undefined) return null;
  const rows = rowsOf(variant);
  const row = rows.find(({ domain }) => domain === wantedDomain) ?? rows[0];
  if (row === undefined) return null;
  return (
    <section className={classNames(kit.stack3, styles.examples)} aria-label={t('generation.examples')}>
      <div className={classNames(kit.cluster, styles.examplesHead)}>
        <h2>{t('generation.examples')}</h2>
        {shown.length > 1 && (
          <Select
            label={t('prove.model')}
            isLabelHidden
            choices={shown.map((one) => ({ id: one.key, label: nameOf(one) }))}
            value={variant.key}
            onChange={setKey}
          />
        )}
        {rows.length > 1 && (
          <Select
            label={t('generation.prompts')}
            isLabelHidden
            choices={rows.map(({ domain }) => ({ id: domain, label: domain }))}
            value={row.domain}
            onChange={setDomain}
          />
        )}
        <Select
          label={t('generation.show')}
          isLabelHidden
          choices={EXAMPLE_FILTERS.map((id) => ({ id, label: t(`generation.filters.${id}`) }))}
          value={filter}
          onChange={setFilter}
        />
      </div>
      <Pages key={`${row.id} ${filter}`} row={row} filter={filter} variant={variant} variants={variants} />
    </section>
  );
}

type PagesProps = {
  readonly row: Generation;
  readonly filter: ExampleFilter;
  readonly variant: ProofVariant;
  readonly variants: readonly ProofVariant[];
};

function Pages({ row, filter, variant, variants }: PagesProps): ReactNode {
  const { t } = useTranslation();
  const nameOf = useShortName(variants);
  const [wanted, setWanted] = useKeptState(`prove.example place ${row.id} ${filter}`, 0);
  const only = filter === 'all' ? null : filter;
  const offset = PAGE * Math.floor(wanted / PAGE);
  const { data, error } = useCall(
    'generations.examples',
    { id: row.id, only, offset, limit: PAGE },
    { keepPrevious: true },
  );
  const total = data?.total ?? 0;
  /** Wraps around at the ends: a button that becomes disabled there would lose the focus. */
  const move = (by: number): void => setWanted((wanted + by + total) % Math.max(1, total));
  useEffect(() => {
    // examples may have been deleted in the meantime
    if (data !== undefined && wanted > 0 && wanted >= total) setWanted(Math.max(0, total - 1));
  }, [data, total, wanted, setWanted]);
  useKeys([
    { keys: [NEXT_KEYS], perform: () => move(1) },
    { keys: [PREVIOUS_KEYS], perform: () => move(-1) },
  ]);
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.key === 'ArrowRight') move(1);
    else if (event.key === 'ArrowLeft') move(-1);
  };
  if (error !== null) return <ErrorPanel error={error.toData()} />;
  if (data === undefined) return <SkeletonRows rows={12} />;
  const example = data.examples[wanted - offset];
  if (example === undefined) return <p className={kit.dim}>{t('generation.noExamples')}</p>;
  return (
    <div onKeyDown={onKeyDown} className={kit.stack3}>
      <div className={classNames(kit.cluster, styles.place)}>
        <IconButton
          icon={ChevronLeft}
          variant="plain"
          size="small"
          label={t('generation.previous')}
          keys={keyText(PREVIOUS_KEYS)}
          isDisabled={total < 2}
          onPress={() => move(-1)}
        />
        <span role="status">{t('generation.place', { place: wanted + 1, total })}</span>
        <IconButton
          icon={ChevronRight}
          variant="plain"
          size="small"
          label={t('generation.next')}
          keys={keyText(NEXT_KEYS)}
          isDisabled={total < 2}
          onPress={() => move(1)}
        />
        <span className={prove.small}>
          {example.demo}
          {row.sampling.samples > 1 && ` · ${t('generation.sample', { number: example.sample + 1 })}`}
        </span>
      </div>
      <PromptList
        examples={data.examples}
        chosen={wanted - offset}
        onChoose={(index) => setWanted(offset + index)}
        name={nameOf(variant)}
        none={t('generation.noFull')}
      />
    </div>
  );
}
