// Which criteria are compared, and in which ways they are mixed.
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { CRITERIA } from '../../../../electron/contract/criteria.ts';
import { Checkbox } from '../../../kit/checkbox.tsx';
import { classNames } from '../../../kit/class-names.ts';
import kit from '../../../kit/primitives.module.css';
import { Term } from '../../../kit/term.tsx';
import { chooseCompared, useProveChoices } from '../proof/prove-choices.ts';
import styles from '../proof/prove.module.css';
import { isFixed, type Criteria } from './use-criteria.ts';

export function CriteriaChoices({ criteria: { selection, mixes } }: { readonly criteria: Criteria }): ReactNode {
  const { t } = useTranslation();
  const compared = useProveChoices((choices) => choices.compared);
  const own = selection.request.criterion;
  return (
    <section className={classNames(kit.stack2, styles.group)} aria-label={t('prove.criteria.title')}>
      <h2>
        <Term name="criterion">{t('prove.criteria.title')}</Term>
      </h2>
      {CRITERIA.map((name) => (
        <Checkbox
          key={name}
          isSelected={isFixed(name, selection) || (compared[name] ?? true)}
          isDisabled={isFixed(name, selection)}
          onChange={(is) => chooseCompared(name, is)}
          {...(name === own && { note: t('prove.criteria.ownNote') })}
          {...(name === 'random' && { note: t('prove.criteria.floorNote') })}
        >
          {t(`experts.criteria.${name}.name`)}
        </Checkbox>
      ))}
      {mixes.length > 1 && (
        <>
          <h3 className={classNames(kit.note, styles.subheading)}>{t('choose.mix')}</h3>
          {mixes.map((name) => (
            <Checkbox
              key={name}
              isSelected={isFixed(name, selection) || (compared[name] ?? true)}
              isDisabled={isFixed(name, selection)}
              onChange={(is) => chooseCompared(name, is)}
              {...(isFixed(name, selection) && { note: t('prove.criteria.ownNote') })}
            >
              {t(`choose.mixes.${name}`)}
            </Checkbox>
          ))}
        </>
      )}
    </section>
  );
}
