// Asks for which model a recipe or a mask is used. Where there is one, Enter uses it.
import { useId, useState, type ReactNode, type SubmitEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../kit/button.tsx';
import { Dialog } from '../kit/dialog.tsx';
import { RadioList } from '../kit/radio-list.tsx';
import { useChoiceQuestion, type ChoiceQuestion } from './choice-question.ts';
import styles from './import-dialog.module.css';

/** Once, in the frame. */
export function ChoiceDialog(): ReactNode {
  const asked = useChoiceQuestion((state) => state.asked);
  return asked && <Question {...asked} />;
}

type QuestionProps = { readonly question: ChoiceQuestion; readonly answer: (modelId: string | null) => void };

function Question({ question: { name, choice, models }, answer }: QuestionProps): ReactNode {
  const { t } = useTranslation();
  const formId = useId();
  const { kind, keep, nExpert, nLayers } = choice;
  const [modelId, setModelId] = useState(models[0]?.id ?? '');
  const [only] = models;
  const model = choice.model ?? t('frame.choice.anyModel', { experts: nExpert, layers: nLayers });
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    if (modelId !== '') answer(modelId);
  };
  return (
    <Dialog
      title={t('frame.choice.title', { name })}
      isOpen
      onClose={() => answer(null)}
      footer={
        <>
          <Button onPress={() => answer(null)}>{t(models.length === 0 ? 'kit.close' : 'kit.cancel')}</Button>
          {models.length > 0 && (
            <Button variant="primary" type="submit" form={formId} autoFocus={models.length === 1}>
              {t('frame.choice.use')}
            </Button>
          )}
        </>
      }
    >
      <form id={formId} onSubmit={submit} className={styles.form}>
        <p>{t(`frame.choice.is.${kind}`, { keep, total: nExpert, model })}</p>
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
      </form>
    </Dialog>
  );
}
