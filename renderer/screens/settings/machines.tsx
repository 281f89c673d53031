// Other computers that lend their memory: which exist, what each has, and which are used.
import { RefreshCw, Server } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Machine } from '../../../electron/contract/api/machines.ts';
import { Button } from '../../kit/button.tsx';
import { classNames } from '../../kit/class-names.ts';
import { EmptyState } from '../../kit/empty-state.tsx';
import { ErrorPanel } from '../../kit/error-panel.tsx';
import kit from '../../kit/primitives.module.css';
import { SkeletonRows } from '../../kit/skeleton.tsx';
import { useFormat } from '../../kit/use-format.ts';
import { useCall, useCallMutation } from '../../state/calls.ts';
import { AddMachine } from './add-machine.tsx';
import { LendingHelp } from './lending-help.tsx';
import { MachineRow } from './machine-row.tsx';
import { SettingsError } from './settings-error.tsx';
import machineStyles from './machines.module.css';
import styles from './settings.module.css';

export function Machines(): ReactNode {
  const { t } = useTranslation();
  const list = useCall('machines.list', {});
  const check = useCallMutation('machines.check');
  const machines = list.data ?? [];
  const isChecking = check.isPending || machines.some(({ checking }) => checking);
  return (
    <section className={classNames(kit.stack3, styles.page)} aria-label={t('settings.machines.title')}>
      <h2>{t('settings.machines.title')}</h2>
      <div className={kit.ends}>
        <p className={kit.lead}>{t('settings.machines.note')}</p>
        {machines.length > 0 && (
          <Button icon={RefreshCw} isDisabled={isChecking} onPress={() => check.mutate({ endpoint: null })}>
            {t(isChecking ? 'settings.machines.checking' : 'settings.machines.checkAll')}
          </Button>
        )}
      </div>
      {list.isPending && <SkeletonRows rows={3} />}
      {list.error && <ErrorPanel error={list.error.toData()} />}
      {list.data && machines.length === 0 && (
        <EmptyState icon={Server} title={t('settings.machines.emptyTitle')} text={t('settings.machines.emptyText')} />
      )}
      {machines.length > 0 && <MachineList machines={machines} />}
      <SettingsError error={check.error} />
      {list.data && <AddMachine machines={machines} />}
      {list.data && <LendingHelp isOpen={machines.length === 0} />}
    </section>
  );
}

type MachinesProps = { readonly machines: readonly Machine[] };

function MachineList({ machines }: MachinesProps): ReactNode {
  const { t } = useTranslation();
  return (
    <div>
      <ul className={styles.list} aria-label={t('settings.machines.title')}>
        {machines.map((machine) => (
          <MachineRow key={machine.endpoint} machine={machine} />
        ))}
      </ul>
      <Totals machines={machines} />
    </div>
  );
}

/** What the machines that are switched on provide together, and whether one of them would make jobs fail. */
function Totals({ machines }: MachinesProps): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const used = machines.filter(({ on }) => on);
  const ready = used.filter(({ state }) => state === 'ready');
  const failing = used.filter(
    ({ state, checking }) => !checking && (state === 'unreachable' || state === 'incompatible'),
  );
  const free = ready.reduce((sum, { memoryFree }) => sum + memoryFree, 0);
  return (
    <div className={machineStyles.totals}>
      {used.length === 0 && <p>{t('settings.machines.totalNone')}</p>}
      {ready.length > 0 && <p>{t('settings.machines.total', { count: ready.length, memory: format.bytes(free) })}</p>}
      {failing.length > 0 && <p className={kit.caution}>{t('settings.machines.failing', { count: failing.length })}</p>}
    </div>
  );
}
