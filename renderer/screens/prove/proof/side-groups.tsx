// What belongs to the selection's own domains, followed by the rest.
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { classNames } from '../../../kit/class-names.ts';
import kit from '../../../kit/primitives.module.css';
import { useFormat } from '../../../kit/use-format.ts';
import styles from './prove.module.css';
import { SIDES, type SideName } from './sides.ts';

type SideGroupsProps<T> = {
  readonly items: readonly T[];
  /** The domains of the selection. */
  readonly domains: readonly string[];
  /** The text for a side that has nothing. */
  readonly none: (side: SideName) => string;
  readonly children: (item: T) => ReactNode;
};

export function SideGroups<T extends { readonly inDomain: boolean }>({
  items,
  domains,
  none,
  children,
}: SideGroupsProps<T>): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  return SIDES.map((side) => {
    const ofSide = items.filter(({ inDomain }) => inDomain === (side === 'inDomain'));
    return (
      <div key={side} className={classNames(kit.stack2, styles.group)}>
        <h3 className={classNames(kit.note, styles.subheading)}>
          {side === 'inDomain' && domains.length > 0
            ? t('prove.inDomainOf', { domains: format.list(domains) })
            : t(`prove.${side}`)}
        </h3>
        {ofSide.length === 0 && <p className={styles.small}>{none(side)}</p>}
        {ofSide.map(children)}
      </div>
    );
  });
}
