// All demo sets: to choose, create, rename in place, and delete.
import { EllipsisVertical, Pencil, Plus, Trash2 } from 'lucide-react';
import { useRef, useState, type KeyboardEvent, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { GridList, GridListItem } from 'react-aria-components';
import type { Domain } from '../../../electron/contract/api/demos.ts';
import { classNames } from '../../kit/class-names.ts';
import { ErrorPanel } from '../../kit/error-panel.tsx';
import { IconButton } from '../../kit/icon-button.tsx';
import { Menu } from '../../kit/menu.tsx';
import kit from '../../kit/primitives.module.css';
import { useKeys } from '../../kit/use-keys.ts';
import { choose, useTrail } from '../../state/trail.ts';
import { deleteDomain } from './deletions.ts';
import { DomainName } from './domain-name.tsx';
import styles from './demos.module.css';
import { useNewDomain } from './new-domain.ts';

const RENAME_KEY = 'F2';

export function DomainList({ domains }: { readonly domains: readonly Domain[] }): ReactNode {
  const { t } = useTranslation();
  const chosenId = useTrail(({ domainId }) => domainId);
  const list = useRef<HTMLDivElement>(null);
  const [editedId, setEditedId] = useState<number | null>(null);
  const create = useNewDomain(domains, setEditedId);
  useKeys([{ keys: [RENAME_KEY], perform: () => setEditedId(focusedId(document.activeElement) ?? chosenId) }]);
  const endEditing = (id: number): void => {
    setEditedId(null);
    requestAnimationFrame(() => findRow(list.current, id)?.focus());
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const domain = domains.find(({ id }) => id === focusedId(event.target));
    if (domain !== undefined && event.key === 'Delete') void deleteDomain(domain, t);
  };
  return (
    <section className={classNames(kit.stack1, styles.domains)} aria-label={t('demos.sets')}>
      <div className={classNames(kit.row, styles.domainsHead)}>
        <h2>{t('demos.sets')}</h2>
        <IconButton icon={Plus} size="small" label={t('demos.newSet')} onPress={create.start} />
      </div>
      {create.error !== null && <ErrorPanel error={create.error.toData()} />}
      <div ref={list} className={kit.scroll} onKeyDown={onKeyDown}>
        <GridList
          aria-label={t('demos.sets')}
          items={domains.map((domain) => ({ ...domain, isEdited: domain.id === editedId }))}
          selectionMode="single"
          disallowEmptySelection
          keyboardNavigationBehavior="tab"
          selectedKeys={chosenId === null ? [] : [chosenId]}
          onSelectionChange={(keys) => {
            const [id] = keys === 'all' ? [] : [...keys];
            if (typeof id === 'number') choose({ domainId: id });
          }}
          className={classNames(kit.stack, styles.domainList)}
        >
          {({ isEdited, ...domain }) => (
            <GridListItem
              id={domain.id}
              textValue={domain.name}
              className={classNames(kit.row1, kit.option, styles.domain)}
            >
              {isEdited ? (
                <DomainName domain={domain} onEnd={() => endEditing(domain.id)} />
              ) : (
                <DomainFacts domain={domain} onRename={() => setEditedId(domain.id)} />
              )}
            </GridListItem>
          )}
        </GridList>
      </div>
    </section>
  );
}

function findRow(list: HTMLElement | null, id: number): HTMLElement | null {
  return list?.querySelector<HTMLElement>(`[role="row"][data-key="${id}"]`) ?? null;
}

/** The set whose row itself has the focus. */
function focusedId(target: EventTarget | null): number | undefined {
  const key = target instanceof HTMLElement && target.role === 'row' ? target.dataset.key : undefined;
  return key === undefined ? undefined : Number(key);
}

type DomainFactsProps = { readonly domain: Domain; readonly onRename: () => void };

function DomainFacts({ domain, onRename }: DomainFactsProps): ReactNode {
  const { t } = useTranslation();
  const { name, demos, promptOnly, texts } = domain;
  const facts = [
    t('demos.demos', { count: demos }),
    promptOnly > 0 && t('demos.unanswered', { count: promptOnly }),
    texts > 0 && t('demos.texts', { count: texts }),
  ];
  return (
    <>
      <div className={classNames(kit.stack, kit.fill)}>
        <span className={classNames(kit.ellipsis, styles.domainName)} title={name}>
          {name}
        </span>
        <span className={kit.note}>{facts.filter(Boolean).join(' · ')}</span>
      </div>
      <Menu
        label={t('demos.moreOf', { domain: name })}
        trigger={<IconButton icon={EllipsisVertical} size="small" label={t('demos.moreOf', { domain: name })} />}
        entries={[
          { id: 'rename', label: t('demos.rename'), icon: Pencil, onSelect: onRename },
          {
            id: 'delete',
            label: t('demos.deleteSet'),
            icon: Trash2,
            isDangerous: true,
            onSelect: () => void deleteDomain(domain, t),
          },
        ]}
      />
    </>
  );
}
