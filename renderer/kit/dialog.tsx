// A window above the page. Its title asks the question; its buttons say what they do.
import { X } from 'lucide-react';
import { useId, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Dialog as AriaDialog, Heading, Modal, ModalOverlay } from 'react-aria-components';
import { Button } from './button.tsx';
import { classNames } from './class-names.ts';
import styles from './dialog.module.css';
import { IconButton } from './icon-button.tsx';
import kit from './primitives.module.css';

type DialogProps = {
  readonly title: string;
  readonly isOpen: boolean;
  readonly onClose: () => void;
  readonly children: ReactNode;
  /** Buttons, with the primary one last. */
  readonly footer?: ReactNode;
  readonly size?: 'normal' | 'wide';
};

export function Dialog({ title, isOpen, onClose, children, footer, size = 'normal' }: DialogProps): ReactNode {
  const { t } = useTranslation();
  return (
    <ModalOverlay
      isOpen={isOpen}
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      isDismissable
      className={classNames(kit.scrim, styles.overlay)}
    >
      <Modal className={classNames(kit.raised, styles.modal, styles[size])}>
        <AriaDialog className={classNames(kit.stack, styles.dialog)}>
          <div className={classNames(kit.ends, styles.head)}>
            <Heading slot="title" className={styles.title ?? ''}>
              {title}
            </Heading>
            <IconButton icon={X} label={t('kit.close')} onPress={onClose} />
          </div>
          <div className={classNames(kit.scroll, styles.body)}>{children}</div>
          {footer !== undefined && <div className={classNames(kit.cluster, styles.foot)}>{footer}</div>}
        </AriaDialog>
      </Modal>
    </ModalOverlay>
  );
}

type FormDialogProps = Pick<DialogProps, 'title' | 'size' | 'onClose' | 'children'> & {
  /** What Enter does, such as "Add 3 files"; null: there is nothing to do. */
  readonly action: string | null;
  readonly isReady?: boolean;
  /** If no field of the form takes the focus, the action does. */
  readonly isActionFocused?: boolean;
  readonly onSubmit: () => void;
};

/** Fields and one action. The dialog is open while it is rendered. */
export function FormDialog({
  children,
  action,
  isReady = true,
  isActionFocused = false,
  onSubmit,
  ...dialog
}: FormDialogProps): ReactNode {
  const { t } = useTranslation();
  const formId = useId();
  return (
    <Dialog
      {...dialog}
      isOpen
      footer={
        <>
          <Button onPress={dialog.onClose}>{t(action === null ? 'kit.close' : 'kit.cancel')}</Button>
          {action !== null && (
            <Button variant="primary" type="submit" form={formId} isDisabled={!isReady} autoFocus={isActionFocused}>
              {action}
            </Button>
          )}
        </>
      }
    >
      <form
        id={formId}
        onSubmit={(event) => {
          event.preventDefault();
          if (isReady) onSubmit();
        }}
      >
        {children}
      </form>
    </Dialog>
  );
}

type ConfirmProps = {
  readonly title: string;
  /** What will be lost, and what stays. */
  readonly children: ReactNode;
  /** What the button does, such as "Delete 3 runs". */
  readonly confirmLabel: string;
  readonly isOpen: boolean;
  readonly onConfirm: () => void;
  readonly onClose: () => void;
};

/** Asks before an action that cannot be undone. */
export function Confirm({ title, children, confirmLabel, isOpen, onConfirm, onClose }: ConfirmProps): ReactNode {
  const { t } = useTranslation();
  return (
    <Dialog
      title={title}
      isOpen={isOpen}
      onClose={onClose}
      footer={
        <>
          <Button onPress={onClose} autoFocus>
            {t('kit.cancel')}
          </Button>
          <Button
            variant="primary"
            onPress={() => {
              onConfirm();
              onClose();
            }}
          >
            {confirmLabel}
          </Button>
        </>
      }
    >
      {children}
    </Dialog>
  );
}
