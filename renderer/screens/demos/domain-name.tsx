// A demo set's name while it is being changed, at the place where it stands.
import { useState, type KeyboardEvent, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import kit from '../../kit/primitives.module.css';
import { useSpoken } from '../../kit/speech.ts';
import type { Domain } from '../../../electron/contract/api/demos.ts';
import { TextField } from '../../kit/text-field.tsx';
import { useCallMutation } from '../../state/calls.ts';

type DomainNameProps = { readonly domain: Domain; readonly onEnd: () => void };

/** Enter and leaving the field take the name, Escape leaves it as it was. */
export function DomainName({ domain, onEnd }: DomainNameProps): ReactNode {
  const { t } = useTranslation();
  const spoken = useSpoken();
  const [name, setName] = useState(domain.name);
  const rename = useCallMutation('domains.rename', { onSuccess: onEnd });
  const take = (): void => {
    const wanted = name.trim();
    if (wanted === '' || wanted === domain.name) onEnd();
    else if (!rename.isPending) rename.mutate({ domainId: domain.id, name: wanted });
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    // the list around it has a meaning of its own for arrows, letters and the space bar
    event.stopPropagation();
    // Enter also ends the choice of characters in Japanese
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
        error={rename.error === null ? undefined : spoken(rename.error)}
      />
    </div>
  );
}
