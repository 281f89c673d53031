// Short messages that disappear, with a way back: "3 demos deleted. Undo".
import { X } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import {
  UNSTABLE_Toast as AriaToast,
  UNSTABLE_ToastContent as ToastContent,
  UNSTABLE_ToastQueue as ToastQueue,
  UNSTABLE_ToastRegion as ToastRegion,
  Text,
} from 'react-aria-components';
import { Button } from './button.tsx';
import { classNames } from './class-names.ts';
import { IconButton } from './icon-button.tsx';
import kit from './primitives.module.css';
import styles from './toast.module.css';

/** Long enough to read the message and to reach it by keyboard; hovering and focus stop the clock. */
const SHOWN_MS = 8000;

type Toast = { readonly text: string; readonly undo?: (() => void) | undefined };

const queue = new ToastQueue<Toast>({ maxVisibleToasts: 3 });

/** Shows a toast. @param undo reverses the action; the toast offers it while it is shown */
export function showToast(text: string, undo?: () => void): void {
  queue.add({ text, undo }, { timeout: SHOWN_MS });
}

/** The toasts. To be rendered once, in the frame. */
export function Toasts(): ReactNode {
  const { t } = useTranslation();
  return (
    <ToastRegion queue={queue} aria-label={t('kit.news')} className={styles.region ?? ''}>
      {({ toast }) => {
        const { text, undo } = toast.content;
        const close = (): void => queue.close(toast.key);
        return (
          <AriaToast toast={toast} className={classNames(kit.row3, kit.raised, styles.toast)}>
            <ToastContent className={classNames(kit.fill, styles.content)}>
              <Text slot="title">{text}</Text>
            </ToastContent>
            {undo && (
              <Button
                size="small"
                onPress={() => {
                  undo();
                  close();
                }}
              >
                {t('kit.undo')}
              </Button>
            )}
            <IconButton icon={X} size="small" label={t('kit.close')} onPress={close} />
          </AriaToast>
        );
      }}
    </ToastRegion>
  );
}
