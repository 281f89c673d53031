// A prompt, the demo's own answer, and what the full model and a variant wrote, with the findings.
import { Check, TriangleAlert, type LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { GenerationCompletion, GenerationExample } from '../../../electron/contract/api/generations.ts';
import { classNames } from '../../kit/class-names.ts';
import kit from '../../kit/primitives.module.css';
import { useTranslate } from '../../kit/translate.ts';
import { Term } from '../../kit/term.tsx';
import { useFormat } from '../../kit/use-format.ts';
import { AnswerText } from '../../measures/answer-text.tsx';
import styles from './prove.module.css';
import { QuotedText, TextBox } from './quoted-text.tsx';

/** Number of characters of a loop's unit that are shown. The text marks all of it. */
const SHOWN_UNIT = 40;

type ExampleTextsProps = {
  readonly example: GenerationExample;
  /** The name of the variant. */
  readonly name: string;
};

export function ExampleTexts({ example, name }: ExampleTextsProps): ReactNode {
  const { t } = useTranslation();
  const { prompt, promptCut, gold, kind, full, variant } = example;
  return (
    <div className={styles.texts}>
      <Panel title={t(kind === 'chat' ? 'generation.prompt' : 'generation.beginning')} isWide={gold === null}>
        <QuotedText label={t('generation.prompt')} text={prompt} isCut={promptCut} fromEnd={kind !== 'chat'} />
      </Panel>
      {gold !== null && (
        <Panel title={t('generation.gold')}>
          <QuotedText label={t('generation.gold')} text={gold} />
        </Panel>
      )}
      <Panel title={t('prove.full')}>
        <Written label={t('prove.full')} completion={full} against={variant.text} />
      </Panel>
      <Panel title={name}>
        <Written label={name} completion={variant} against={full.text} />
      </Panel>
    </div>
  );
}

type WrittenProps = {
  readonly label: string;
  readonly completion: GenerationCompletion;
  readonly against: string;
};

function Written({ label, completion, against }: WrittenProps): ReactNode {
  const { t } = useTranslation();
  const { text, cut, findings } = completion;
  return (
    <>
      {text === '' ? (
        <p className={kit.dim}>{t('generation.nothingWritten')}</p>
      ) : (
        <TextBox label={label} isTall>
          <AnswerText text={text} loopUnit={findings.loop?.unit ?? null} against={against} />
          {cut && <span className={kit.dim}>{t('generation.endCut')}</span>}
        </TextBox>
      )}
      <FindingsList completion={completion} />
    </>
  );
}

type PanelProps = { readonly title: string; readonly isWide?: boolean; readonly children: ReactNode };

function Panel({ title, isWide = false, children }: PanelProps): ReactNode {
  return (
    <div className={classNames(kit.stack1, styles.panel, isWide && styles.wide)}>
      <h3 className={classNames(kit.note, styles.subheading)}>{title}</h3>
      {children}
    </div>
  );
}

function FindingsList({ completion }: { readonly completion: GenerationCompletion }): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const translate = useTranslate();
  const { tokens, findings } = completion;
  const { loop, truncated, broken, answer } = findings;
  const isClean = loop === null && truncated !== true && (broken ?? []).length === 0;
  return (
    <ul className={classNames(kit.chips, styles.findings)}>
      <li>{t('generation.upToTokens', { count: tokens })}</li>
      {loop !== null && (
        <Finding icon={TriangleAlert} isFault>
          <Term name="loop">
            {t('generation.loops', { unit: shortened(loop.unit), times: format.count(Math.floor(loop.repeats)) })}
          </Term>
        </Finding>
      )}
      {truncated === true && (
        <Finding icon={TriangleAlert} isFault>
          {t('generation.cutOff')}
        </Finding>
      )}
      {broken?.map(({ kind, detail }, index) => (
        // a text can be broken twice in the same way
        <Finding key={index} icon={TriangleAlert} isFault>
          {t(`generation.broken.${kind}`)}{' '}
          <span className={kit.dim}>{typeof detail === 'string' ? detail : translate(detail)}</span>
        </Finding>
      ))}
      {answer !== null && (
        <Finding icon={answer.matches ? Check : TriangleAlert} isFault={!answer.matches}>
          {answer.matches
            ? t('generation.right')
            : answer.found === null
              ? t('generation.noAnswer', { expected: answer.expected })
              : t('generation.wrong', { found: answer.found, expected: answer.expected })}
        </Finding>
      )}
      {isClean && answer === null && <Finding icon={Check}>{t('generation.noFault')}</Finding>}
    </ul>
  );
}

type FindingProps = {
  readonly icon: LucideIcon;
  readonly isFault?: boolean;
  readonly children: ReactNode;
};

function Finding({ icon: Icon, isFault = false, children }: FindingProps): ReactNode {
  return (
    <li className={classNames(isFault && kit.caution)}>
      <Icon size={13} aria-hidden />
      <span>{children}</span>
    </li>
  );
}

function shortened(unit: string): string {
  const line = unit.replace(/\s+/g, ' ').trim();
  return line.length > SHOWN_UNIT ? `${line.slice(0, SHOWN_UNIT)}…` : line;
}
