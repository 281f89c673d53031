// The three entries of the window. What is reached from one of them marks it, too.
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { commandKeys, ENTRIES, entryOf, goCommand, type EntryId } from '../../electron/contract/commands.ts';
import { classNames } from '../kit/class-names.ts';
import { keyText } from '../kit/key-names.ts';
import kit from '../kit/primitives.module.css';
import { leaveSetUp } from '../state/best-search.ts';
import { useNavigation } from '../state/navigation.ts';
import { SCREEN_ICONS } from '../state/screen-icons.ts';
import styles from './rail.module.css';

export function Rail(): ReactNode {
  const { t } = useTranslation();
  return (
    <nav className={classNames(kit.stack, styles.rail)} aria-label={t('frame.path')}>
      <ul className={classNames(kit.stack, styles.group)}>
        {ENTRIES.map((entry) => (
          <RailLink key={entry} entry={entry} />
        ))}
      </ul>
    </nav>
  );
}

function RailLink({ entry }: { readonly entry: EntryId }): ReactNode {
  const { t } = useTranslation();
  const current = useNavigation(({ screen }) => screen);
  const Icon = SCREEN_ICONS[entry];
  const name = t(`frame.screen.${entry}`);
  return (
    <li>
      <a
        href={`#/${entry}`}
        draggable={false}
        title={`${name} · ${keyText(commandKeys(goCommand(entry)))}`}
        className={classNames(kit.row2, styles.link)}
        {...(entry === 'new' && { onClick: leaveSetUp })}
        {...(entryOf(current) === entry && { 'aria-current': current === entry ? 'page' : 'true' })}
      >
        <Icon size={16} strokeWidth={1.75} aria-hidden />
        <span className={classNames(kit.ellipsis, styles.word)}>{name}</span>
      </a>
    </li>
  );
}
