// One prompt, the demo's own answer, and what the full model and a variant wrote, with what was found in it.
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { GenerationCompletion, GenerationExample } from '../../../../electron/contract/api/generations.ts';
import { classNames } from '../../../kit/class-names.ts';
import prove from '../prove.module.css';
import type { ProofVariant } from '../use-proof.ts';
import { useShortName } from '../use-variant-name.ts';
import { FindingsList } from './findings-list.tsx';
import styles from './generation.module.css';
import { MarkedText } from './marked-text.tsx';

type ExampleTextsProps = {
  readonly example: GenerationExample;
  readonly variant: ProofVariant;
  readonly variants: readonly ProofVariant[];
};

export function ExampleTexts({ example, variant, variants }: ExampleTextsProps): ReactNode {
  const { t } = useTranslation();
  const nameOf = useShortName(variants);
  const { prompt, promptCut, gold, kind, full, variant: written } = example;
  return (
    <div className={styles.texts}>
      <Panel title={t(kind === 'chat' ? 'generation.prompt' : 'generation.beginning')} isWide={gold === null}>
        <MarkedText label={t('generation.prompt')} text={prompt} isCut={promptCut} fromEnd />
      </Panel>
      {gold !== null && (
        <Panel title={t('generation.gold')}>
          <MarkedText label={t('generation.gold')} text={gold} />
        </Panel>
      )}
      <Panel title={t('prove.full')}>
        {full === null ? (
          <p className={prove.dim}>{t('generation.noFull')}</p>
        ) : (
          <Written label={t('prove.full')} completion={full} />
        )}
      </Panel>
      <Panel title={nameOf(variant)}>
        <Written label={nameOf(variant)} completion={written} />
      </Panel>
    </div>
  );
}

type WrittenProps = { readonly label: string; readonly completion: GenerationCompletion };

function Written({ label, completion }: WrittenProps): ReactNode {
  const { t } = useTranslation();
  const { text, cut, findings } = completion;
  return (
    <>
      {text === '' ? (
        <p className={prove.dim}>{t('generation.nothingWritten')}</p>
      ) : (
        <MarkedText label={label} text={text} loopUnit={findings.loop?.unit ?? null} isCut={cut} isTall />
      )}
      <FindingsList completion={completion} />
    </>
  );
}

type PanelProps = { readonly title: string; readonly isWide?: boolean; readonly children: ReactNode };

function Panel({ title, isWide = false, children }: PanelProps): ReactNode {
  return (
    <div className={classNames(styles.panel, isWide && styles.wide)}>
      <h3 className={prove.subheading}>{title}</h3>
      {children}
    </div>
  );
}
