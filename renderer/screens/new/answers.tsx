// What the model and the found file write for demos of the user's, side by side, with the differences marked.
import { PenLine } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { FitSearch } from '../../../electron/contract/api/fit.ts';
import type { GenerationExample } from '../../../electron/contract/api/generations.ts';
import { Button } from '../../kit/button.tsx';
import { classNames } from '../../kit/class-names.ts';
import kit from '../../kit/primitives.module.css';
import { AnswerText } from '../../measures/answer-text.tsx';
import { ANSWERED, writeAnswers } from '../../state/best-search.ts';
import { useCall } from '../../state/calls.ts';
import { useActiveJob } from '../../state/jobs.ts';
import { reportFailure } from '../../state/report-failure.ts';
import styles from './new.module.css';

/** Nobody can expect right answers from models of this size, such as the sample. */
const SMALL_BYTES = 500_000_000;

/** Renders nothing if no demo is left that chose no expert, or no file was written. */
export function Answers({ search }: { readonly search: FitSearch }): ReactNode {
  const { t } = useTranslation();
  const { found, domain } = search;
  const selectionId = found?.file?.selectionId ?? null;
  const exportId = found?.file?.exportId ?? null;
  const checks = useCall(
    'generations.list',
    { selectionId: selectionId ?? 0, exportId },
    { enabled: selectionId !== null },
  ).data;
  const check = checks?.find((one) => one.domain === domain && one.isFile);
  const { data } = useCall('generations.examples', { id: check?.id ?? 0 }, { enabled: check !== undefined });
  const isWriting = useActiveJob('generate') !== undefined;
  if (selectionId === null || !found?.result.demos?.aside) return null;
  return (
    <section className={kit.stack3} aria-label={t('fit.answersTitle')}>
      <h2>{t('fit.answersTitle')}</h2>
      {found.result.fullBytes < SMALL_BYTES && <p className={kit.dim}>{t('fit.smallModel')}</p>}
      {data === undefined ? (
        <div role="status">
          {isWriting ? (
            <p>{t('fit.answersComing')}</p>
          ) : (
            check === undefined && (
              <Button size="small" icon={PenLine} onPress={() => void writeAnswers(search).catch(reportFailure)}>
                {t('fit.writeAnswers')}
              </Button>
            )
          )}
        </div>
      ) : (
        data.examples.slice(0, ANSWERED).map((example) => <Example key={example.demo} example={example} />)
      )}
    </section>
  );
}

function Example({ example: { prompt, full, variant } }: { readonly example: GenerationExample }): ReactNode {
  const { t } = useTranslation();
  const isSame = full.text === variant.text;
  const sides = [
    { name: t('fit.wholeModel'), own: full, other: variant },
    { name: t('fit.thisFile'), own: variant, other: full },
  ];
  return (
    <article className={classNames(kit.stack2, kit.lineAbove)}>
      <p className={styles.asked}>{prompt.trim()}</p>
      <div className={styles.answers}>
        {sides.map(({ name, own, other }) => (
          <div key={name} className={kit.stack1}>
            <h3 className={kit.note}>{name}</h3>
            <AnswerText text={own.text} loopUnit={own.findings.loop?.unit ?? null} against={other.text} />
          </div>
        ))}
      </div>
      {isSame && <p className={kit.dim}>{t('fit.sameAnswers')}</p>}
    </article>
  );
}
