// The loading progress of one side's model, the memory that it needs, or why it is not loaded.
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { ChatSlot, Slot } from '../../electron/contract/api/chat.ts';
import { Bytes } from '../kit/bytes.tsx';
import { classNames } from '../kit/class-names.ts';
import { ErrorPanel } from '../kit/error-panel.tsx';
import kit from '../kit/primitives.module.css';
import { ProgressBar } from '../kit/progress-bar.tsx';
import { useFormat } from '../kit/use-format.ts';
import { useCall } from '../state/calls.ts';
import styles from './chat.module.css';
import { useConversation } from './conversation.ts';

type SideStateProps = {
  readonly slot: Slot;
  readonly chat: ChatSlot | undefined;
};

export function SideState({ slot, chat }: SideStateProps): ReactNode {
  const { t } = useTranslation();
  const percent = useConversation(({ loading }) => loading[slot]);
  const refused = useConversation((state) => state.refused[slot]);
  if (chat === undefined) {
    if (refused !== undefined) return <ErrorPanel error={refused} safe={t('try.failedSafe')} />;
    return <p className={classNames(kit.cluster, kit.note, styles.facts)}>{t('try.none')}</p>;
  }
  if (chat.state === 'loading') {
    return <ProgressBar label={t('try.loading')} value={percent === undefined ? null : percent / 100} />;
  }
  if (chat.error !== null) return <ErrorPanel error={chat.error} safe={t('try.failedSafe')} />;
  return <SideFacts slot={slot} chat={chat} />;
}

function SideFacts({ slot, chat }: { readonly slot: Slot; readonly chat: ChatSlot }): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const { modelId, contextSize } = chat;
  // as in every place that says what a model needs
  const needed = useCall(
    'library.memory',
    { modelId, ctx: contextSize ?? 1, keep: null },
    { enabled: contextSize !== null },
  ).data?.full;
  // depends on what the process did before, so it cannot compare models
  const resident = useCall('chat.memory', { slot }, { enabled: chat.state === 'ready' }).data;
  return (
    <p className={classNames(kit.cluster, kit.note, styles.facts)}>
      {needed !== undefined && (
        <span title={resident ? t('try.resident', { size: format.bytes(resident) }) : undefined}>
          {t('try.memory')} <Bytes value={needed.weightsBytes + needed.kvBytes + needed.computeBytes} />
        </span>
      )}
      {contextSize !== null && <span>{t('try.context', { tokens: format.count(contextSize) })}</span>}
      {chat.template === 'fallback' && <span>{t('try.fallback')}</span>}
    </p>
  );
}
