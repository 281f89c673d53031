// The cost of pruning on texts: the figures of all texts together, or of each.
import { FilePlus2, ScanSearch, TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { MeasurementOffer } from '../../../../electron/contract/api/evaluations.ts';
import type { Selection } from '../../../../electron/contract/api/selections.ts';
import { chooseFiles } from '../../../files/hand-over.ts';
import { Button } from '../../../kit/button.tsx';
import { EmptyState } from '../../../kit/empty-state.tsx';
import { useSpoken } from '../../../kit/speech.ts';
import { useFormat } from '../../../kit/use-format.ts';
import { useCall } from '../../../state/calls.ts';
import { OfferedTexts } from '../../../verdict/measure-offer.tsx';
import { usePlannedSubject, useVerdict } from '../../../verdict/use-verdict.ts';
import { JobNewsPanel } from '../proof/job-news.tsx';
import { ModelChoices } from '../proof/model-choices.tsx';
import { NextStep } from '../proof/next-step.tsx';
import { useProveChoices } from '../proof/prove-choices.ts';
import styles from '../proof/prove.module.css';
import { wantedVariants, type Proof } from '../proof/use-proof.ts';
import { SetSelect, type View } from '../proof/view.tsx';
import { saidOf } from './comparison.ts';
import type { MeasuredSet } from './measured-sets.ts';
import { MeasuresTable } from './measures-table.tsx';
import { Amount, TextChoices } from './text-choices.tsx';
import { TextFigures } from './text-figures.tsx';
import { TextsInspector } from './texts-inspector.tsx';
import type { MeasuredTexts } from './use-measured-texts.ts';
import type { Measuring } from './use-measuring.ts';

export function textsView(
  name: 'together' | 'byText',
  proof: Proof,
  measured: MeasuredTexts,
  measuring: Measuring,
): View {
  const { variants, domains } = proof;
  const { texts, sets, set, comparison, isMeasured } = measured;
  return {
    action: texts.some(({ inDomain }) => inDomain) ? (
      <MeasureButton proof={proof} measuring={measuring} />
    ) : (
      <MeasureWithoutText proof={proof} measuring={measuring} />
    ),
    choices: (
      <>
        <ModelChoices variants={variants} />
        <TextChoices texts={texts} domains={domains} />
        <Amount />
      </>
    ),
    isBusy: measuring.isBusy,
    news: <JobNewsPanel news={measuring} />,
    sets: <MeasuredSetSelect sets={sets} set={set} />,
    results: isMeasured ? (
      <>
        <Unproven comparison={comparison} variants={variants} />
        {name === 'byText' ? (
          <TextFigures comparison={comparison} variants={variants} />
        ) : (
          <MeasuresTable comparison={comparison} variants={variants} />
        )}
      </>
    ) : (
      !measuring.isBusy && <NothingMeasured proof={proof} texts={texts} />
    ),
    inspector: <TextsInspector proof={proof} measured={measured} />,
  };
}

/** Further effects in the figures beside the choice's cost, such as another type of the full model. */
function Unproven({ comparison, variants }: Parameters<typeof MeasuresTable>[0]): ReactNode {
  const spoken = useSpoken();
  const said = saidOf(
    comparison,
    variants.map(({ key }) => key),
  );
  return said.map((sentence) => (
    <p key={JSON.stringify(sentence)} className={styles.unproven}>
      <TriangleAlert size={14} aria-hidden />
      <span>{spoken(sentence)}</span>
    </p>
  ));
}

/** What replaces missing texts: demos that were not scored, and the sample's texts. */
function useOffer(selection: Selection): (MeasurementOffer & { readonly hasInside: boolean }) | undefined {
  const { subject } = usePlannedSubject(selection);
  const offer = useCall('evaluations.offer', subject).data;
  return offer && { ...offer, hasInside: offer.texts.some(({ inDomain }) => inDomain !== false) };
}

function MeasureWithoutText({ proof, measuring }: MeasureButtonProps): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const { subject } = usePlannedSubject(proof.selection);
  const offer = useOffer(proof.selection);
  const { inside, outside } = useVerdict(proof.selection) ?? {};
  if (offer === undefined) return null;
  const { hasInside, seconds } = offer;
  if (!hasInside && measuring.texts > 0) return <MeasureButton proof={proof} measuring={measuring} />;
  const isJudged = Boolean((inside || !hasInside) && outside) && !measuring.isBusy;
  return (
    <>
      {isJudged && hasInside && <NextStep />}
      {!isJudged && offer.texts.length > 0 && (
        <Button
          variant={hasInside ? 'primary' : 'plain'}
          icon={ScanSearch}
          isDisabled={measuring.isBusy}
          onPress={() => measuring.judge(subject)}
        >
          {seconds === null
            ? t('verdict.measure')
            : t('verdict.measureFor', { time: format.duration(1000 * Math.max(1, seconds)) })}
        </Button>
      )}
      <Button variant={hasInside ? 'plain' : 'primary'} icon={FilePlus2} onPress={() => void chooseFiles('texts')}>
        {t('prove.addText')}
      </Button>
    </>
  );
}

type MeasureButtonProps = { readonly proof: Proof; readonly measuring: Measuring };

function MeasureButton({ proof, measuring }: MeasureButtonProps): ReactNode {
  const { t } = useTranslation();
  const wanted = wantedVariants(proof.variants);
  const { inside, outside } = useVerdict(proof.selection) ?? {};
  // more can be measured, but need not be
  const isJudged = Boolean(inside && outside) && !measuring.isBusy;
  return (
    <>
      {isJudged && <NextStep />}
      <Button
        variant={isJudged ? 'plain' : 'primary'}
        icon={ScanSearch}
        disabledReason={measuring.reason(wanted)}
        isDisabled={measuring.isBusy}
        onPress={() => measuring.start(wanted)}
      >
        {t('prove.measure', {
          models: t('prove.models', { count: wanted.length + 1 }),
          texts: t('prove.texts', { count: measuring.texts }),
        })}
      </Button>
    </>
  );
}

type NothingMeasuredProps = { readonly proof: Proof; readonly texts: MeasuredTexts['texts'] };

/** Shown even if other choices of the model have figures, since these say nothing about this one. */
function NothingMeasured({ proof: { selection, others }, texts }: NothingMeasuredProps): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const offer = useOffer(selection);
  const hasText = texts.some(({ inDomain }) => inDomain);
  const isNone = offer?.hasInside === false && texts.length === 0;
  return (
    <EmptyState
      icon={ScanSearch}
      title={t(isNone ? 'prove.noTextsTitle' : 'prove.emptyTitle')}
      text={
        isNone ? (
          <>
            {t('prove.noTextsText')} {offer.texts.length > 0 && <OfferedTexts texts={offer.texts} />}
          </>
        ) : !hasText && offer?.hasInside ? (
          <>
            {t('prove.emptyAside')} <OfferedTexts texts={offer.texts} />
          </>
        ) : (
          t('prove.emptyText', { selection: selection.name })
        )
      }
    >
      {others.length > 0 && (
        <p className={styles.small}>{t('prove.othersMeasured', { selections: format.list(others) })}</p>
      )}
    </EmptyState>
  );
}

type MeasuredSetSelectProps = {
  /** Measurements that the view can show. */
  readonly sets: readonly MeasuredSet[];
  readonly set: MeasuredSet | undefined;
};

/** Selects a set: measurements with different lengths are not shown together. */
function MeasuredSetSelect({ sets, set }: MeasuredSetSelectProps): ReactNode {
  const { t } = useTranslation();
  if (set === undefined) return null;
  return (
    <SetSelect
      label={t('prove.sets')}
      sets={sets}
      shown={set}
      name={({ ctx, chunks }) => t('prove.set', { ctx, count: chunks })}
      onChange={(setKey) => useProveChoices.setState({ setKey })}
    />
  );
}
