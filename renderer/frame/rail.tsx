// The steps of the path in order; finished steps are marked.
import { Check } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { VisuallyHidden } from 'react-aria-components';
import { goCommand, commandKeys, STEPS, type ScreenId } from '../../electron/contract/commands.ts';
import { classNames } from '../kit/class-names.ts';
import { keyText } from '../kit/key-names.ts';
import { SCREEN_ICONS } from '../state/screen-icons.ts';
import kit from '../kit/primitives.module.css';
import { leaveSetUp } from '../state/best-search.ts';
import { useNavigation } from '../state/navigation.ts';
import styles from './rail.module.css';
import { useDoneSteps } from './done-steps.ts';

export function Rail(): ReactNode {
  const { t } = useTranslation();
  const done = useDoneSteps();
  return (
    <nav className={classNames(kit.stack, styles.rail)} aria-label={t('frame.path')}>
      <ul className={classNames(kit.stack, styles.group)}>
        {STEPS.map((screen) => (
          <RailLink key={screen} screen={screen} isDone={done.has(screen)} isFirst={FIRST_OF_PART.has(screen)} />
        ))}
      </ul>
      <ul className={classNames(kit.stack, styles.group)}>
        <RailLink screen="settings" />
      </ul>
    </nav>
  );
}

/** The screens that begin a further part. The parts: the way to the best file, what is inside it, and trying it. */
const FIRST_OF_PART: ReadonlySet<ScreenId> = new Set(['score', 'try']);

type RailLinkProps = {
  readonly screen: ScreenId;
  readonly isDone?: boolean;
  /** There is a line above it. */
  readonly isFirst?: boolean;
};

function RailLink({ screen, isDone = false, isFirst = false }: RailLinkProps): ReactNode {
  const { t } = useTranslation();
  const isCurrent = useNavigation((navigation) => navigation.screen === screen);
  const Icon = SCREEN_ICONS[screen];
  const name = t(`frame.screen.${screen}`);
  return (
    <li className={classNames(isFirst && styles.first)}>
      <a
        href={`#/${screen}`}
        draggable={false}
        title={`${name} · ${keyText(commandKeys(goCommand(screen)))}`}
        className={classNames(kit.row2, styles.link)}
        {...(screen === 'best' && { onClick: leaveSetUp })}
        {...(isCurrent && { 'aria-current': 'page' })}
      >
        <Icon size={16} strokeWidth={1.75} aria-hidden />
        <span className={classNames(kit.ellipsis, styles.word)}>{name}</span>
        {isDone && (
          <>
            <Check size={14} strokeWidth={2} aria-hidden className={styles.done} />
            <VisuallyHidden>{t('frame.done')}</VisuallyHidden>
          </>
        )}
      </a>
    </li>
  );
}
