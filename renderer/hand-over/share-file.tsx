// What can be shared along with the file: its model card, and the choice for those who have the full model.
import { BookText, ListChecks, ListOrdered } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { ChoiceForm } from '../../electron/contract/choice-file.ts';
import { Button } from '../kit/button.tsx';
import { classNames } from '../kit/class-names.ts';
import { ErrorPanel } from '../kit/error-panel.tsx';
import { Menu } from '../kit/menu.tsx';
import kit from '../kit/primitives.module.css';
import { useCallMutation } from '../state/calls.ts';
import styles from './hand-over.module.css';

const LISTS = ['vllm', 'vllm-ascend', 'ktransformers'] as const;

type ShareFileProps = {
  readonly exportId: number;
  /** A choice cannot reproduce the file, since parts of it were fitted. */
  readonly isFitted: boolean;
};

export function ShareFile({ exportId, isFitted }: ShareFileProps): ReactNode {
  const { t } = useTranslation();
  const card = useCallMutation('exports.card');
  const choice = useCallMutation('exports.choice');
  const subject = { kind: 'export', exportId } as const;
  const writeCard = (overwrite: boolean): void => {
    choice.reset();
    card.mutate({ subject, form: 'card', target: null, overwrite });
  };
  const writeChoice = (form: ChoiceForm, overwrite: boolean): void => {
    card.reset();
    choice.mutate({ subject, form, target: 'beside', overwrite });
  };
  const written = card.data ?? choice.data;
  const error = card.error ?? choice.error;
  const isBusy = card.isPending || choice.isPending;
  const replace = (): void => {
    if (choice.variables === undefined || card.error !== null) writeCard(true);
    else writeChoice(choice.variables.form, true);
  };

  return (
    <section className={classNames(kit.stack2, styles.part)} aria-label={t('export.share')}>
      <h3>{t('export.share')}</h3>
      <div className={kit.cluster}>
        <Button icon={BookText} isDisabled={isBusy} onPress={() => writeCard(false)}>
          {t('export.card')}
        </Button>
        <Button icon={ListChecks} isDisabled={isBusy} onPress={() => writeChoice('choice', false)}>
          {t('export.choice')}
        </Button>
        <Menu
          label={t('export.lists')}
          trigger={
            <Button icon={ListOrdered} isDisabled={isBusy}>
              {t('export.lists')}
            </Button>
          }
          entries={LISTS.map((form) => ({
            id: form,
            label: t(`export.list.${form}`),
            onSelect: () => writeChoice(form, false),
          }))}
        />
      </div>
      <p className={classNames(kit.dim, styles.note)}>{t(isFitted ? 'export.shareNoteFitted' : 'export.shareNote')}</p>
      <div role="status" className={classNames(kit.stack2, styles.outcome)}>
        {written !== undefined && (
          <p className={styles.note}>
            {t('export.sharedFile')} <span className={styles.path}>{written.displayPath}</span>
          </p>
        )}
      </div>
      {error !== null && (
        <ErrorPanel error={error.toData()}>
          {error.code === 'TARGET_EXISTS' && <Button onPress={replace}>{t('export.replace')}</Button>}
        </ErrorPanel>
      )}
    </section>
  );
}
