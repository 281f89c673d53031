// One computer of the list: whether it is used, its free memory, and what is wrong with it.
import {
  CircleAlert,
  CircleCheck,
  CircleDashed,
  Ellipsis,
  RefreshCw,
  Trash2,
  Unplug,
  type LucideIcon,
} from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Machine, MachineState } from '../../../electron/contract/api/machines.ts';
import { Badge } from '../../kit/badge.tsx';
import { classNames } from '../../kit/class-names.ts';
import { IconButton } from '../../kit/icon-button.tsx';
import kit from '../../kit/primitives.module.css';
import { useTranslate } from '../../kit/translate.ts';
import { Switch } from '../../kit/switch.tsx';
import { showToast } from '../../kit/toast.tsx';
import { useFormat } from '../../kit/use-format.ts';
import { callEngine, useCallMutation } from '../../state/calls.ts';
import { reportFailure } from '../../state/report-failure.ts';
import machineStyles from './machines.module.css';
import styles from './settings.module.css';

const ICONS: Readonly<Record<MachineState, LucideIcon>> = {
  unchecked: CircleDashed,
  ready: CircleCheck,
  unreachable: Unplug,
  incompatible: CircleAlert,
};
const TONES = { unchecked: 'plain', ready: 'accent', unreachable: 'caution', incompatible: 'caution' } as const;

type MachineProps = { readonly machine: Machine };

export function MachineRow({ machine }: MachineProps): ReactNode {
  const { t } = useTranslation();
  const use = useCallMutation('machines.use', { onError: reportFailure });
  const check = useCallMutation('machines.check', { onError: reportFailure });
  const { endpoint, name, on, checking, why } = machine;
  const translate = useTranslate();
  return (
    <li className={machineStyles.machine}>
      <Switch isSelected={on} onChange={(isOn) => use.mutate({ endpoint, on: isOn })}>
        <span className={machineStyles.name}>{name ?? endpoint}</span>
        {name !== null && <span className={classNames(kit.note, machineStyles.address)}>{endpoint}</span>}
      </Switch>
      <span aria-live="polite" className={machineStyles.state}>
        <StateBadge machine={machine} />
      </span>
      <Memory machine={machine} />
      <span className={machineStyles.tools}>
        <IconButton
          icon={RefreshCw}
          size="small"
          label={t('settings.machines.check', { machine: endpoint })}
          isDisabled={checking}
          onPress={() => check.mutate({ endpoint })}
        />
        <IconButton
          icon={Trash2}
          size="small"
          label={t('settings.machines.remove', { machine: endpoint })}
          onPress={() => void removeMachine(machine, t('settings.machines.removed', { machine: name ?? endpoint }))}
        />
      </span>
      {why !== null && !checking && (
        <span className={classNames(kit.small, kit.caution, styles.problem)}>{translate(why)}</span>
      )}
    </li>
  );
}

function StateBadge({ machine: { checking, state } }: MachineProps): ReactNode {
  const { t } = useTranslation();
  if (checking) return <Badge icon={Ellipsis}>{t('settings.machines.state.checking')}</Badge>;
  return (
    <Badge icon={ICONS[state]} tone={TONES[state]}>
      {t(`settings.machines.state.${state}`)}
    </Badge>
  );
}

function Memory({ machine }: MachineProps): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const { state, memoryFree, memoryTotal, devices, checkedMs } = machine;
  if (state !== 'ready') return <span className={styles.figure} />;
  const asOf = checkedMs === null ? '' : t('settings.machines.asOf', { time: format.date(checkedMs) });
  return (
    <span className={styles.figure} title={asOf}>
      {t('settings.machine.memory', { free: format.bytes(memoryFree), total: format.bytes(memoryTotal) })}
      {devices.length > 1 && ` · ${t('settings.machines.devices', { count: devices.length })}`}
    </span>
  );
}

/** Removes a machine. The page knows all its data, and so can restore it. */
async function removeMachine({ endpoint, name, on }: Machine, removed: string): Promise<void> {
  const putBack = async (): Promise<void> => {
    await callEngine('machines.add', { endpoint, name });
    if (!on) await callEngine('machines.use', { endpoint, on });
  };
  try {
    await callEngine('machines.remove', { endpoint });
    showToast(removed, () => void putBack().catch(reportFailure));
  } catch (error) {
    reportFailure(error);
  }
}
