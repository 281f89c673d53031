// The field for the question to both sides.
import { RotateCcw, Send, SlidersHorizontal, Square } from 'lucide-react';
import type { KeyboardEvent, ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Slot } from '../../../electron/contract/api/chat.ts';
import { ask, startOver, stopAnswering, useConversation } from '../../chat/conversation.ts';
import { useSampling } from '../../chat/use-sampling.ts';
import { Button } from '../../kit/button.tsx';
import { IconButton } from '../../kit/icon-button.tsx';
import { NumberField } from '../../kit/number-field.tsx';
import { Popover } from '../../kit/popover.tsx';
import kit from '../../kit/primitives.module.css';
import { Switch } from '../../kit/switch.tsx';
import { TextField } from '../../kit/text-field.tsx';
import { reportFailure } from '../../state/report-failure.ts';
import styles from './try.module.css';
import { useMarks } from './use-marks.ts';

type ComposerProps = {
  /** Sides that can be asked. */
  readonly ready: readonly Slot[];
  readonly isAnswering: boolean;
  /** Why nothing can be asked. */
  readonly reason: string | null;
};

export function Composer({ ready, isAnswering, reason }: ComposerProps): ReactNode {
  const { t } = useTranslation();
  const text = useConversation(({ draft }) => draft);
  const setText = (draft: string): void => useConversation.setState({ draft });
  const [sampling] = useSampling();
  const hasTurns = useConversation(({ turns }) => turns.length > 0);
  const canAsk = reason === null && !isAnswering && text.trim() !== '';

  const send = (): void => {
    if (!canAsk) return;
    setText('');
    void ask(text.trim(), ready, sampling);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    // in Japanese, Enter also confirms the choice of characters
    if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    send();
  };

  return (
    <div className={styles.composer}>
      <div className={styles.question}>
        <TextField
          label={t('try.question')}
          isLabelHidden
          rows={2}
          placeholder={t('try.placeholder')}
          value={text}
          onChange={setText}
          onKeyDown={onKeyDown}
        />
      </div>
      <div className={kit.row1}>
        {isAnswering ? (
          <Button variant="primary" icon={Square} onPress={stopAnswering}>
            {t('try.stopNow')}
          </Button>
        ) : (
          <Button variant="primary" icon={Send} onPress={send} disabledReason={reason} isDisabled={!canAsk}>
            {t(ready.length > 1 ? 'try.askBoth' : 'try.askOne')}
          </Button>
        )}
        <Popover
          label={t('try.sampling')}
          trigger={<IconButton icon={SlidersHorizontal} label={t('try.sampling')} />}
          placement="top end"
        >
          {() => <AnswerSettings />}
        </Popover>
        <IconButton
          icon={RotateCcw}
          label={t('try.startOver')}
          isDisabled={!hasTurns || isAnswering}
          onPress={() => void startOver(ready).catch(reportFailure)}
        />
      </div>
    </div>
  );
}

/** How answers are sampled, and shown. */
function AnswerSettings(): ReactNode {
  const { t } = useTranslation();
  const [sampling, setSampling] = useSampling();
  const [isMarked, setMarked] = useMarks();
  return (
    <div className={kit.stack3}>
      <NumberField
        label={t('try.maxTokens')}
        value={sampling.maxTokens}
        minValue={1}
        maxValue={8192}
        onChange={(maxTokens) => setSampling({ ...sampling, maxTokens })}
      />
      <NumberField
        label={t('try.temperature')}
        value={sampling.temperature}
        minValue={0}
        maxValue={2}
        step={0.1}
        onChange={(temperature) => setSampling({ ...sampling, temperature })}
      />
      {sampling.temperature > 0 && (
        <NumberField
          label={t('try.seed')}
          value={sampling.seed}
          minValue={0}
          onChange={(seed) => setSampling({ ...sampling, seed })}
        />
      )}
      <Switch note={t('try.marksNote')} isSelected={isMarked} onChange={setMarked}>
        {t('try.marks')}
      </Switch>
    </div>
  );
}
