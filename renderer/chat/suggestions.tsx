// Beginnings of a domain's own demos as questions, so that nobody has to invent a first one.
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../kit/button.tsx';
import { classNames } from '../kit/class-names.ts';
import kit from '../kit/primitives.module.css';
import { callEngine, useCall } from '../state/calls.ts';
import { reportFailure } from '../state/report-failure.ts';
import styles from './chat.module.css';

const SHOWN = 3;
/** Shorter beginnings ask nothing; longer ones cannot be read at a glance. */
const MIN_CHARS = 12;
const MAX_CHARS = 190;
const LOOKED_AT = 40;

type SuggestionsProps = {
  readonly domainId: number | null;
  readonly onAsk: (question: string) => Promise<void>;
};

/** Shows suggestions; pressing one asks it. */
export function Suggestions({ domainId, onAsk }: SuggestionsProps): ReactNode {
  const { t } = useTranslation();
  const params = { domainId: domainId ?? 0, search: '', offset: 0, limit: LOOKED_AT };
  const demos = useCall('demos.list', params, { enabled: domainId !== null }).data?.demos ?? [];
  const telling = demos.filter(({ opening: { length } }) => length >= MIN_CHARS && length <= MAX_CHARS);
  const different = [...new Map(telling.map((demo) => [demo.opening, demo])).values()]
    .toSorted((a, b) => b.opening.length - a.opening.length) // the longer the question, the more there is to answer
    .slice(0, SHOWN);
  if (different.length === 0) return null;
  return (
    <div role="group" aria-label={t('try.suggestions')} className={classNames(kit.chips, styles.suggestions)}>
      {different.map(({ id, opening }) => (
        <Button key={id} size="small" onPress={() => void firstQuestion(id, opening).then(onAsk).catch(reportFailure)}>
          <span className={classNames(kit.ellipsis, styles.suggestion)}>{opening}</span>
        </Button>
      ))}
    </div>
  );
}

/** Returns the whole first message of the user; of a text, its first line. */
async function firstQuestion(demoId: number, opening: string): Promise<string> {
  const content = await callEngine('demos.get', { demoId });
  const message = content.kind === 'chat' ? content.messages.find(({ role }) => role === 'user') : undefined;
  return message?.content ?? opening;
}
