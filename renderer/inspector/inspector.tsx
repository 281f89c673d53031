// The place on the right where the selected thing explains itself. A screen fills it with <Inspector>; without one it
// is absent, and the stage takes its room.
import { PanelRightClose } from 'lucide-react';
import { useEffect, useSyncExternalStore, type ReactNode } from 'react';
import { createPortal } from 'react-dom';
import { useTranslation } from 'react-i18next';
import { z } from 'zod';
import { create } from 'zustand';
import { commandKeys } from '../../electron/contract/commands.ts';
import { classNames } from '../kit/class-names.ts';
import { IconButton } from '../kit/icon-button.tsx';
import { keyText } from '../kit/key-names.ts';
import kit from '../kit/primitives.module.css';
import { useViewState } from '../state/settings.ts';
import styles from './inspector.module.css';

type InspectorState = {
  /** The element to fill; null while the inspector is closed. */
  readonly slot: HTMLElement | null;
  /** Number of mounted <Inspector>s. */
  readonly users: number;
  /** The frame's own function, set while it is mounted. */
  readonly toggle: () => void;
};

export const useInspector = create<InspectorState>()(() => ({ slot: null, users: 0, toggle: () => {} }));

/** One function for all renderings: with a new one each time, React would remove the slot. */
function setSlot(slot: HTMLElement | null): void {
  useInspector.setState({ slot });
}

type InspectorProps = {
  readonly title: string;
  readonly children: ReactNode;
};

/** Shows its children in the inspector while it is mounted. */
export function Inspector({ title, children }: InspectorProps): ReactNode {
  const slot = useInspector((state) => state.slot);
  useEffect(() => {
    useInspector.setState(({ users }) => ({ users: users + 1 }));
    return () => useInspector.setState(({ users }) => ({ users: users - 1 }));
  }, []);
  if (slot === null) return null;
  return createPortal(
    <>
      <h2 className={classNames(kit.ellipsis, styles.title)}>{title}</h2>
      <div className={classNames(kit.scroll, styles.content)}>{children}</div>
    </>,
    slot,
  );
}

const narrow = matchMedia('(width < 1000px)');

function onWidth(listener: () => void): () => void {
  narrow.addEventListener('change', listener);
  return () => narrow.removeEventListener('change', listener);
}

/** The inspector's place. To be rendered once, in the frame. */
export function InspectorPlace(): ReactNode {
  const { t } = useTranslation();
  const isUsed = useInspector(({ users }) => users > 0);
  const isNarrow = useSyncExternalStore(onWidth, () => narrow.matches);
  // Beside a narrow stage it would leave no room for the work: there it is closed at first, and opens above the stage.
  const [isOpen, setOpen] = useViewState(isNarrow ? 'frame.inspectorAbove' : 'frame.inspector', z.boolean(), !isNarrow);
  useEffect(() => {
    useInspector.setState({ toggle: () => setOpen(!isOpen) });
  });
  if (!isUsed || !isOpen) return null;
  return (
    <aside className={styles.inspector} aria-label={t('frame.inspector')}>
      <div className={styles.close}>
        <IconButton
          icon={PanelRightClose}
          size="small"
          label={t('frame.toggleInspector')}
          keys={keyText(commandKeys('inspector'))}
          onPress={() => setOpen(false)}
        />
      </div>
      <div ref={setSlot} className={classNames(kit.stack, kit.fill, styles.slot)} />
    </aside>
  );
}
