// Chats without an answer: the model can write it, since the method is about what the model itself would say.
import { Bot } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { z } from 'zod';
import { MOST_ANSWER_TOKENS, usualAnswerTokens } from '../../../electron/contract/answer-tokens.ts';
import type { Domain } from '../../../electron/contract/api/demos.ts';
import type { ModelEntry } from '../../../electron/contract/api/library.ts';
import { Button } from '../../kit/button.tsx';
import { classNames } from '../../kit/class-names.ts';
import { ErrorPanel } from '../../kit/error-panel.tsx';
import { NumberField } from '../../kit/number-field.tsx';
import kit from '../../kit/primitives.module.css';
import { useCallMutation } from '../../state/calls.ts';
import { isActive } from '../../state/kept-jobs.ts';
import { useJobs } from '../../state/jobs.ts';
import { useViewState } from '../../state/settings.ts';
import styles from './demos.module.css';

/** Also the minimum: steps are counted from it, and defaults must be one of them. */
const STEP = 64;

type RespondPanelProps = { readonly domain: Domain; readonly model: ModelEntry | null };

/** Shown while there are chats to answer. */
export function RespondPanel({ domain, model }: RespondPanelProps): ReactNode {
  const { t } = useTranslation();
  const [chosen, setMaxTokens] = useViewState(
    'demos.answerTokens',
    z.int().min(STEP).max(MOST_ANSWER_TOKENS).nullable(),
    null,
  );
  const usual = Math.floor(usualAnswerTokens(model?.details?.contextLength ?? 0) / STEP) * STEP;
  const maxTokens = chosen ?? Math.max(STEP, usual);
  const respond = useCallMutation('demos.respond');
  const jobId = respond.data?.jobId;
  const isAnswering = useJobs().some(
    (job) =>
      job.kind === 'respond' &&
      isActive(job) &&
      // started before this screen was shown: recognised by its subject
      (job.id === jobId || job.subject.endsWith(` · ${domain.name}`)),
  );
  if (domain.promptOnly === 0) return null;
  return (
    <section
      className={classNames(kit.chips, kit.framed, styles.respond)}
      aria-label={t('demos.unanswered', { count: domain.promptOnly })}
    >
      <p className={classNames(kit.lead, styles.respondText)}>
        <strong>{t('demos.unansweredTitle', { count: domain.promptOnly })}</strong> {t('demos.unansweredWhy')}
      </p>
      {isAnswering ? (
        <p className={classNames(kit.chips, styles.respondAction)} role="status">
          {t('demos.answering')}
        </p>
      ) : (
        <div className={classNames(kit.chips, styles.respondAction)}>
          <NumberField
            label={t('demos.answerTokens')}
            unit={t('demos.tokensUnit')}
            minValue={STEP}
            maxValue={MOST_ANSWER_TOKENS}
            step={STEP}
            value={maxTokens}
            onChange={setMaxTokens}
          />
          <Button
            icon={Bot}
            disabledReason={model === null ? t('demos.reasonModel') : null}
            isDisabled={respond.isPending}
            onPress={() =>
              model !== null &&
              respond.mutate({
                model: { kind: 'library', modelId: model.id },
                demos: { kind: 'domain', domainId: domain.id },
                maxTokens,
              })
            }
          >
            {t('demos.letAnswer', { count: domain.promptOnly })}
          </Button>
        </div>
      )}
      {respond.error !== null && <ErrorPanel error={respond.error.toData()} />}
    </section>
  );
}
