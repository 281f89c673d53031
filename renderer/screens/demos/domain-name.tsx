// The name of a demo set while it is edited in place.
import { useState, type KeyboardEvent, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import kit from '../../kit/primitives.module.css';
import { useTranslate } from '../../kit/translate.ts';
import type { Domain } from '../../../electron/contract/api/demos.ts';
import { TextField } from '../../kit/text-field.tsx';
import { useCallMutation } from '../../state/calls.ts';

type DomainNameProps = { readonly domain: Domain; readonly onEnd: () => void };

/** Enter and leaving the field accept the name, Escape restores it. */
export function DomainName({ domain, onEnd }: DomainNameProps): ReactNode {
  const { t } = useTranslation();
  const translate = useTranslate();
  const [name, setName] = useState(domain.name);
  const rename = useCallMutation('domains.rename', { onSuccess: onEnd });
  const take = (): void => {
    const wanted = name.trim();
    if (wanted === '' || wanted === domain.name) onEnd();
    else if (!rename.isPending) rename.mutate({ domainId: domain.id, name: wanted });
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    // the surrounding list would interpret arrows, letters and the space bar itself
    event.stopPropagation();
    // in Japanese, Enter also confirms the choice of characters
    if (event.nativeEvent.isComposing) return;
    if (event.key === 'Enter') take();
    if (event.key === 'Escape') onEnd();
  };
  return (
    <div className={kit.fill} onKeyDownCapture={onKeyDown}>
      <TextField
        label={t('demos.nameOf', { domain: domain.name })}
        isLabelHidden
        autoFocus
        maxLength={80}
        value={name}
        onChange={setName}
        onBlur={take}
        onFocus={({ target }) => target instanceof HTMLInputElement && target.select()}
        error={rename.error === null ? undefined : translate(rename.error)}
      />
    </div>
  );
}
