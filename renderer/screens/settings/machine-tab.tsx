// What Winnow finds on this machine: devices, GPU backends, the database.
import { RefreshCw } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { CallResult } from '../../../electron/contract/api.ts';
import { Button } from '../../kit/button.tsx';
import { classNames } from '../../kit/class-names.ts';
import { ErrorPanel } from '../../kit/error-panel.tsx';
import facts from '../../kit/facts.module.css';
import kit from '../../kit/primitives.module.css';
import { SkeletonRows } from '../../kit/skeleton.tsx';
import { useSpoken } from '../../kit/speech.ts';
import { useFormat } from '../../kit/use-format.ts';
import { useCall } from '../../state/calls.ts';
import styles from './settings.module.css';

type Doctor = CallResult<'app.doctor'>;

export function MachineTab(): ReactNode {
  const { t } = useTranslation();
  const doctor = useCall('app.doctor', {});
  const native = useCall('app.info', {}).data?.native;
  return (
    <div className={classNames(kit.stack5, styles.page)}>
      <div className={kit.ends}>
        <p className={kit.lead}>{t('settings.machine.note')}</p>
        <Button icon={RefreshCw} isDisabled={doctor.isFetching} onPress={() => void doctor.refetch()}>
          {doctor.isFetching ? t('settings.machine.checking') : t('settings.machine.check')}
        </Button>
      </div>
      {native?.error && <ErrorPanel error={native.error} />}
      {doctor.error && <ErrorPanel error={doctor.error.toData()} />}
      {doctor.isPending && <SkeletonRows rows={5} />}
      {doctor.data && <Findings doctor={doctor.data} />}
    </div>
  );
}

function Findings({ doctor }: { readonly doctor: Doctor }): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const { devices, gpuBackends, gpuProblems, database, llama } = doctor;
  const spoken = useSpoken();
  return (
    <>
      <section className={kit.stack2}>
        <h2>{t('settings.machine.devices')}</h2>
        <ul className={styles.list}>
          {devices.map(({ name, description, memoryFree, memoryTotal }) => (
            <li key={name} className={styles.item}>
              <span>{description}</span>
              <span className={styles.figure}>{name}</span>
              <span className={styles.figure}>
                {t('settings.machine.memory', { free: format.bytes(memoryFree), total: format.bytes(memoryTotal) })}
              </span>
            </li>
          ))}
        </ul>
      </section>
      <dl className={classNames(facts.grid, styles.facts)}>
        <dt>{t('settings.machine.backends')}</dt>
        <dd>
          {gpuBackends.length > 0 ? format.list(gpuBackends) : t('settings.machine.noBackends')}
          {gpuProblems.map(({ kind, why }) => (
            <p key={kind} className={kit.lead}>
              {kind}: {spoken(why)}
            </p>
          ))}
        </dd>
        <dt>{t('settings.machine.database')}</dt>
        <dd>{database.path}</dd>
        <dt>{t('settings.machine.databaseState')}</dt>
        <dd>{database.problem ?? t('settings.machine.databaseGood')}</dd>
        <dt>llama.cpp</dt>
        <dd>{llama}</dd>
      </dl>
    </>
  );
}
