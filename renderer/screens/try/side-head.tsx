// The model of one side, and the control that replaces it.
import { Info, X } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { ChatSlot, Slot } from '../../../electron/contract/api/chat.ts';
import type { ModelEntry } from '../../../electron/contract/api/library.ts';
import { loadSide } from '../../chat/conversation.ts';
import { SideState } from '../../chat/side-state.tsx';
import { classNames } from '../../kit/class-names.ts';
import { IconButton } from '../../kit/icon-button.tsx';
import kit from '../../kit/primitives.module.css';
import { Select } from '../../kit/select.tsx';
import { Switch } from '../../kit/switch.tsx';
import { useFormat } from '../../kit/use-format.ts';
import { useCall, useCallMutation } from '../../state/calls.ts';
import { reportFailure } from '../../state/report-failure.ts';
import { useContextLength } from '../../state/settings.ts';
import { useTrailSelection } from '../../state/trail-items.ts';
import styles from './try.module.css';

type SideHeadProps = {
  readonly slot: Slot;
  readonly chat: ChatSlot | undefined;
  readonly models: readonly ModelEntry[];
};

export function SideHead({ slot, chat, models }: SideHeadProps): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const ctx = useContextLength();
  const close = useCallMutation('chat.close', { onError: reportFailure });
  return (
    <div className={classNames(kit.stack1, styles.head)}>
      <div className={styles.pick}>
        <Select
          label={t(`try.side.${slot}`)}
          isLabelHidden
          placeholder={t('try.choose')}
          choices={models.map(({ id, name, bytes }) => ({ id, label: name, note: format.bytes(bytes) }))}
          value={chat?.modelId ?? null}
          isDisabled={chat?.state === 'answering'}
          onChange={(modelId) => void loadSide(slot, modelId, ctx)}
        />
        {chat !== undefined && <IconButton icon={X} label={t('try.unload')} onPress={() => close.mutate({ slot })} />}
      </div>
      <SideState slot={slot} chat={chat} />
      {chat !== undefined && <PreviewSwitch slot={slot} chat={chat} />}
    </div>
  );
}

/** Allows chatting with a choice of the side's experts before a file of it is written. */
function PreviewSwitch({ slot, chat }: { readonly slot: Slot; readonly chat: ChatSlot }): ReactNode {
  const { t } = useTranslation();
  const ctx = useContextLength();
  const chosen = useTrailSelection();
  const selections = useCall('selections.list', { modelId: null }).data ?? [];
  const ownChoice = chosen?.modelId === chat.modelId ? chosen.id : null;
  const offered = selections.find(({ id }) => id === (chat.selectionId ?? ownChoice));
  if (offered === undefined) return null;
  return (
    <div className={kit.row1}>
      <Switch
        isSelected={chat.selectionId !== null}
        isDisabled={chat.state === 'answering'}
        onChange={(isOn) => void loadSide(slot, chat.modelId, ctx, isOn ? offered.id : null)}
      >
        {t('try.preview', { choice: offered.name })}
      </Switch>
      <IconButton icon={Info} label={t('try.previewNote')} size="small" />
    </div>
  );
}
