// Asks which model to use the file of a choice for. If there is one, Enter confirms it.
import { useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { classNames } from '../kit/class-names.ts';
import { FormDialog } from '../kit/dialog.tsx';
import kit from '../kit/primitives.module.css';
import { RadioList } from '../kit/radio-list.tsx';
import { useChoiceQuestion, type ChoiceQuestion } from './choice-question.ts';
import styles from './import-dialog.module.css';
import type { Asked } from './question.ts';

/** The dialog. To be rendered once, in the frame. */
export function ChoiceDialog(): ReactNode {
  const current = useChoiceQuestion((state) => state.current);
  return current && <Question {...current} />;
}

function Question({ question: { name, choice, models }, answer }: Asked<ChoiceQuestion, string>): ReactNode {
  const { t } = useTranslation();
  const { keep, nExpert, model } = choice;
  const [modelId, setModelId] = useState(models[0]?.id ?? '');
  const [only] = models;
  return (
    <FormDialog
      title={t('frame.choice.title', { name })}
      action={models.length === 0 ? null : t('frame.choice.use')}
      isReady={modelId !== ''}
      isActionFocused={models.length === 1}
      onSubmit={() => answer(modelId)}
      onClose={() => answer(null)}
    >
      <div className={classNames(kit.stack4, styles.form)}>
        <p>{t('frame.choice.is', { keep, total: nExpert, model })}</p>
        {models.length === 0 && <p>{t('frame.choice.noModel', { model })}</p>}
        {models.length === 1 && only && <p>{t('frame.choice.usedFor', { model: only.name })}</p>}
        {models.length > 1 && (
          <RadioList
            autoFocus
            label={t('frame.choice.forWhich')}
            options={models.map(({ id, name: label, displayPath }) => ({ id, label, note: displayPath }))}
            value={modelId}
            onChange={setModelId}
          />
        )}
      </div>
    </FormDialog>
  );
}
