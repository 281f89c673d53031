// The answers of the model and of the found file to a question from the user's own demos, side by side.
import { Square } from 'lucide-react';
import { useRef, useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Slot } from '../../../electron/contract/api/chat.ts';
import type { FitSearch } from '../../../electron/contract/api/fit.ts';
import chat from '../../chat/chat.module.css';
import { useChatSides } from '../../chat/chat-sides.ts';
import {
  type Answer,
  type Turn,
  ask,
  loadSide,
  SLOTS,
  startOver,
  stopAnswering,
  useConversation,
} from '../../chat/conversation.ts';
import { SideState } from '../../chat/side-state.tsx';
import { Suggestions } from '../../chat/suggestions.tsx';
import { TurnView } from '../../chat/turn-view.tsx';
import { useSampling } from '../../chat/use-sampling.ts';
import { Button } from '../../kit/button.tsx';
import { classNames } from '../../kit/class-names.ts';
import kit from '../../kit/primitives.module.css';
import { callEngine, useCall } from '../../state/calls.ts';
import { reportFailure } from '../../state/report-failure.ts';
import { useTrailDomain } from '../../state/trail-items.ts';
import styles from './new.module.css';

/** Nobody can expect right answers from models of this size, such as the sample. */
const SMALL_BYTES = 500_000_000;

type TwoAnswersProps = {
  readonly search: FitSearch;
  /** On the left the model as it is, on the right the file. */
  readonly models: Readonly<Record<Slot, string>>;
  /** Context that the file was made for, in tokens. */
  readonly ctx: number;
};

/** The first question loads both, and they stay loaded for Try. */
export function TwoAnswers({ search, models, ctx }: TwoAnswersProps): ReactNode {
  const { t } = useTranslation();
  const [sampling] = useSampling();
  const sides = useChatSides();
  /** Set by the first question, so that even a model that could not be loaded says why. */
  const [isAsked, setAsked] = useState(false);
  const answers = useRef<HTMLDivElement>(null);
  const isOpening = useConversation(({ opening }) => opening.size > 0);
  const turns = useConversation((state) => state.turns);
  /** Whether the slot holds the model itself, not its preview, which Try may have loaded. */
  const holds = (slot: Slot): boolean => sides[slot]?.modelId === models[slot] && sides[slot].selectionId === null;
  const isOwn = SLOTS.every(holds);
  const isIn = (state: 'loading' | 'answering'): boolean => SLOTS.some((slot) => sides[slot]?.state === state);
  const isLoading = isOpening || isIn('loading');
  const isBusy = isLoading || isIn('answering');
  const turn = isOwn ? turns.findLast(({ answers }) => SLOTS.every((slot) => answers[slot] !== undefined)) : undefined;
  const names = { left: t('fit.wholeModel'), right: t('fit.thisFile') };
  const showAnswers = (): void => {
    requestAnimationFrame(() => answers.current?.scrollIntoView({ block: 'nearest' }));
  };
  const askBoth = async (question: string): Promise<void> => {
    setAsked(true);
    showAnswers();
    const loaded = await Promise.all(
      SLOTS.map(
        async (slot) => (holds(slot) && sides[slot]?.state === 'ready') || (await loadSide(slot, models[slot], ctx)),
      ),
    );
    if (!loaded.every(Boolean)) return;
    await startOver(SLOTS);
    // the answers make the place longer than it was when it opened
    await ask(question, SLOTS, sampling).finally(showAnswers);
  };
  const stop = (): void => {
    if (isLoading) for (const slot of SLOTS) callEngine('chat.close', { slot }).catch(reportFailure);
    else stopAnswering();
  };
  return (
    <section className={kit.stack3} aria-label={t('fit.answersTitle')}>
      <h2>{t('fit.answersTitle')}</h2>
      <p className={kit.dim}>{t('fit.answersLead')}</p>
      {(search.found?.result.fullBytes ?? Infinity) < SMALL_BYTES && <p>{t('fit.smallModel')}</p>}
      <div className={classNames(kit.cluster, styles.asking)}>
        <Questions search={search} isDisabled={isBusy} onAsk={askBoth} />
        {isBusy && (
          <Button size="small" icon={Square} onPress={stop}>
            {t('try.stopNow')}
          </Button>
        )}
      </div>
      {(isOwn || isAsked) && (
        <div ref={answers} className={kit.stack1}>
          <div className={chat.sides}>
            {SLOTS.map((slot) => (
              <div key={slot} className={kit.stack1}>
                <h3>{names[slot]}</h3>
                <SideState slot={slot} chat={sides[slot]} isBrief />
              </div>
            ))}
          </div>
          {turn !== undefined && <TurnView turn={turn} names={names} isMarked />}
          {turn !== undefined && isSame(turn) && <p className={kit.dim}>{t('fit.sameAnswers')}</p>}
        </div>
      )}
    </section>
  );
}

/** Both are written, and they are identical. */
function isSame({ answers: { left, right } }: Turn): boolean {
  const isWritten = (answer: Answer | undefined): boolean => (answer?.statistics ?? null) !== null;
  return isWritten(left) && isWritten(right) && left?.text === right?.text;
}

type QuestionsProps = {
  readonly search: FitSearch;
  readonly isDisabled: boolean;
  readonly onAsk: (question: string) => Promise<void>;
};

/** Questions from demos that chose no expert, if there are any. */
function Questions({ search: { domainId, found }, isDisabled, onAsk }: QuestionsProps): ReactNode {
  const demos = useTrailDomain()?.demos ?? 0;
  const { data: runs } = useCall('runs.list', {});
  if (runs === undefined) return null;
  const scored = runs.find(({ id }) => id === found?.runId)?.demos ?? 0;
  return <Suggestions domainId={domainId} from={scored < demos ? scored : 0} isDisabled={isDisabled} onAsk={onAsk} />;
}
