// The same question to two models side by side: the full one and a pruned one, or two pruned ones.
import { MessagesSquare } from 'lucide-react';
import { useEffect, useEffectEvent, useRef, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Slot } from '../../../electron/contract/api/chat.ts';
import chat from '../../chat/chat.module.css';
import { useChatSides, type ChatSides } from '../../chat/chat-sides.ts';
import { ask, loadSide, SLOTS, useConversation } from '../../chat/conversation.ts';
import { Suggestions } from '../../chat/suggestions.tsx';
import { TurnView } from '../../chat/turn-view.tsx';
import { useSampling } from '../../chat/use-sampling.ts';
import { Button } from '../../kit/button.tsx';
import { EmptyState } from '../../kit/empty-state.tsx';
import { Screen } from '../../kit/screen.tsx';
import { useCall } from '../../state/calls.ts';
import { go } from '../../state/navigation.ts';
import { useContextLength } from '../../state/settings.ts';
import { useTrail } from '../../state/trail.ts';
import { useTrailExport, useTrailModel } from '../../state/trail-items.ts';
import { takeTryRequest } from '../../state/try-request.ts';
import { Composer } from './composer.tsx';
import { SideHead } from './side-head.tsx';
import { sideNames } from './side-names.ts';
import styles from './try.module.css';
import { useMarks } from './use-marks.ts';

export function TryScreen(): ReactNode {
  const { t } = useTranslation();
  const slots = useChatSides();
  const models = (useCall('library.list', {}).data ?? []).filter(({ details }) => details !== null);
  const ready = SLOTS.filter((slot) => slots[slot]?.state === 'ready');
  const isAnswering = SLOTS.some((slot) => slots[slot]?.state === 'answering');
  const isOpening = useConversation(({ opening }) => opening.size > 0);
  const isLoading = isOpening || SLOTS.some((slot) => slots[slot]?.state === 'loading');
  const reason = ready.length > 0 || isAnswering ? null : isLoading ? t('try.reasonLoading') : t('try.reasonNone');
  const hasNone = slots.left === undefined && slots.right === undefined;
  const composer = useRef<HTMLDivElement>(null);
  useRequestedModels(slots);
  // the pressed button disappears, and the focus with it
  const focusComposer = (): void => composer.current?.querySelector('textarea')?.focus();
  return (
    <Screen title={t('try.title')} lead={t('try.lead')} action={hasNone && <LoadBoth onLoad={focusComposer} />}>
      <div className={chat.sides}>
        {SLOTS.map((slot) => (
          <SideHead key={slot} slot={slot} chat={slots[slot]} models={models} />
        ))}
      </div>
      <Turns sides={slots} ready={isLoading ? [] : ready} isLoading={isLoading} />
      <div ref={composer}>
        <Composer ready={ready} isAnswering={isAnswering} reason={reason} />
      </div>
    </Screen>
  );
}

/** The usual comparison with one press: the trail's model and what was made of it. */
function LoadBoth({ onLoad }: { readonly onLoad: () => void }): ReactNode {
  const { t } = useTranslation();
  const model = useTrailModel();
  const pruned = useTrailExport()?.modelId ?? null;
  const ctx = useContextLength();
  if (model === null) {
    return (
      <Button variant="primary" onPress={() => go('new')}>
        {t('try.goModels')}
      </Button>
    );
  }
  return (
    <Button
      variant="primary"
      icon={MessagesSquare}
      onPress={() => {
        void loadSide('left', model.id, ctx);
        if (pruned !== null) void loadSide('right', pruned, ctx);
        onLoad();
      }}
    >
      {pruned === null ? t('try.loadOne', { model: model.name }) : t('try.loadBoth')}
    </Button>
  );
}

/** Loads the models without another press if Try was opened after an export. */
function useRequestedModels(slots: ChatSides): void {
  const wanted = { left: useTrailModel()?.id ?? null, right: useTrailExport()?.modelId ?? null };
  const ctx = useContextLength();
  const load = useEffectEvent((): void => {
    for (const slot of SLOTS) {
      const modelId = wanted[slot];
      if (modelId !== null && slots[slot]?.modelId !== modelId) void loadSide(slot, modelId, ctx);
    }
  });
  useEffect(() => {
    if (takeTryRequest()) load();
  }, []);
}

/** Within this distance from its end, a conversation counts as read to the end. */
const END_PX = 24;

type TurnsProps = {
  readonly sides: ChatSides;
  /** Sides that can be asked; empty while one is still loading. */
  readonly ready: readonly Slot[];
  readonly isLoading: boolean;
};

function Turns({ sides, ready, isLoading }: TurnsProps): ReactNode {
  const { t } = useTranslation();
  const turns = useConversation((state) => state.turns);
  const domainId = useTrail((trail) => trail.domainId);
  const [sampling] = useSampling();
  const [isMarked] = useMarks();
  const list = useRef<HTMLDivElement>(null);
  const fullId = useTrail((trail) => trail.modelId);
  const kinds = sideNames(sides, fullId, useCall('exports.list', {}).data ?? []);
  const names = { left: t(`try.side.${kinds.left}`), right: t(`try.side.${kinds.right}`) };
  // users who read further up are not pulled to the end while an answer is written
  const isAtEnd = useRef(true);
  useEffect(() => {
    isAtEnd.current = true;
  }, [turns.length]);
  useEffect(() => {
    if (isAtEnd.current) list.current?.scrollTo({ top: list.current.scrollHeight });
  }, [turns]);
  if (turns.length === 0) {
    return (
      <div className={styles.turns}>
        {ready.length > 0 ? (
          <EmptyState icon={MessagesSquare} title={t('try.readyTitle')} text={t('try.readyText')}>
            <Suggestions domainId={domainId} onAsk={(question) => ask(question, ready, sampling)} />
          </EmptyState>
        ) : (
          <EmptyState
            icon={MessagesSquare}
            title={t('try.emptyTitle')}
            text={t(isLoading ? 'try.loadingText' : 'try.emptyText')}
          />
        )}
      </div>
    );
  }
  return (
    <div
      ref={list}
      className={styles.turns}
      role="log"
      aria-label={t('try.conversation')}
      tabIndex={0}
      onScroll={({ currentTarget: { scrollTop, scrollHeight, clientHeight } }) => {
        isAtEnd.current = scrollTop + clientHeight >= scrollHeight - END_PX;
      }}
    >
      {turns.map((turn) => (
        <TurnView key={turn.id} turn={turn} names={names} isMarked={isMarked} />
      ))}
    </div>
  );
}
