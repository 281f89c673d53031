// How to let a computer lend its memory: what to type there, what to type here, and what the protocol does not do.
import { TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { DEFAULT_MACHINE_PORT } from '../../../electron/contract/machine-address.ts';
import { classNames } from '../../kit/class-names.ts';
import { CopyButton } from '../../kit/copy-button.tsx';
import kit from '../../kit/primitives.module.css';
import machineStyles from './machines.module.css';

const WORKER_COMMAND = 'winnow worker';
const TUNNEL_COMMAND = `ssh -N -L ${DEFAULT_MACHINE_PORT}:127.0.0.1:${DEFAULT_MACHINE_PORT} user@HOST`;
const TUNNEL_END = `127.0.0.1:${DEFAULT_MACHINE_PORT}`;

/** @param isOpen initially; later it stays as the user leaves it */
export function LendingHelp({ isOpen }: { readonly isOpen: boolean }): ReactNode {
  const { t } = useTranslation();
  return (
    <details key={String(isOpen)} open={isOpen} className={machineStyles.help}>
      <summary>{t('settings.machines.help.title')}</summary>
      <ol className={classNames(kit.stack3, machineStyles.steps)}>
        <li>
          <span>{t('settings.machines.help.there')}</span>
          <Command text={WORKER_COMMAND} />
        </li>
        <li>
          <span>{t('settings.machines.help.here')}</span>
          <Command text={TUNNEL_COMMAND} />
        </li>
        <li>{t('settings.machines.help.add', { address: TUNNEL_END, next: DEFAULT_MACHINE_PORT + 1 })}</li>
      </ol>
      <p className={classNames(kit.marked, kit.caution, machineStyles.warning)}>
        <TriangleAlert size={16} aria-hidden />
        <span>{t('settings.machines.help.warning')}</span>
      </p>
    </details>
  );
}

function Command({ text }: { readonly text: string }): ReactNode {
  const { t } = useTranslation();
  return (
    <span className={classNames(kit.row2, machineStyles.command)}>
      <code>{text}</code>
      <CopyButton isCompact text={text} label={t('settings.machines.help.copy', { command: text })} />
    </span>
  );
}
