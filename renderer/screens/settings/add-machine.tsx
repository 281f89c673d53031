// The form that adds a computer.
import { Plus } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import { Form } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import type { Machine } from '../../../electron/contract/api/machines.ts';
import {
  DEFAULT_MACHINE_PORT,
  isLoopback,
  machineAddressText,
  readMachineAddress,
} from '../../../electron/contract/machine-address.ts';
import { Button } from '../../kit/button.tsx';
import { classNames } from '../../kit/class-names.ts';
import kit from '../../kit/primitives.module.css';
import { TextField } from '../../kit/text-field.tsx';
import { useCallMutation } from '../../state/calls.ts';
import { SettingsError } from './settings-error.tsx';
import machineStyles from './machines.module.css';

/** The same limit as in the contract. */
const MAX_NAME = 60;

export function AddMachine({ machines }: { readonly machines: readonly Machine[] }): ReactNode {
  const { t } = useTranslation();
  const [address, setAddress] = useState('');
  const [name, setName] = useState('');
  const [problem, setProblem] = useState<'wrongAddress' | 'farAddress' | 'knownAddress' | null>(null);
  const add = useCallMutation('machines.add');
  // text that was typed in the meantime stays
  const clear = (): void => {
    setAddress((now) => (now === address ? '' : now));
    setName((now) => (now === name ? '' : now));
  };
  const submit = (): void => {
    const read = readMachineAddress(address);
    if ('wrong' in read) {
      setProblem('wrongAddress');
      return;
    }
    if (!isLoopback(read.host)) {
      setProblem('farAddress');
      return;
    }
    const endpoint = machineAddressText(read);
    if (machines.some((machine) => machine.endpoint === endpoint)) {
      setProblem('knownAddress');
      return;
    }
    add.mutate({ endpoint, name: name.trim() || null }, { onSuccess: clear });
  };
  return (
    <section className={kit.stack2}>
      <h2>{t('settings.machines.addTitle')}</h2>
      <Form
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
        validationBehavior="aria"
        className={classNames(kit.chips, machineStyles.form)}
      >
        <div className={machineStyles.addressField}>
          <TextField
            label={t('settings.machines.address')}
            placeholder={`127.0.0.1:${DEFAULT_MACHINE_PORT}`}
            value={address}
            onChange={(text) => {
              setAddress(text);
              setProblem(null);
            }}
            error={problem && t(`settings.machines.${problem}`, { port: DEFAULT_MACHINE_PORT })}
            spellCheck="false"
            autoComplete="off"
          />
        </div>
        <div className={machineStyles.nameField}>
          <TextField
            label={t('settings.machines.name')}
            maxLength={MAX_NAME}
            value={name}
            onChange={setName}
            autoComplete="off"
          />
        </div>
        <Button type="submit" icon={Plus} isDisabled={address.trim() === '' || add.isPending}>
          {t('settings.machines.add')}
        </Button>
      </Form>
      <SettingsError error={add.error} />
    </section>
  );
}
