// The measured choices of one model compared; one that is picked becomes the current choice.
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { JudgedChoice } from '../../electron/contract/api/evaluations.ts';
import { useCall } from '../state/calls.ts';
import { selectionChoice } from '../state/choosing.ts';
import { choose } from '../state/trail.ts';
import { useTrailModel, useTrailSelection } from '../state/trail-items.ts';
import { ChoicesPicture } from './choices-picture.tsx';
import styles from './choices.module.css';

/** Returns the measured choices of the trail's model. */
export function useMeasuredChoices(): readonly JudgedChoice[] | undefined {
  const model = useTrailModel();
  const modelId = useTrailSelection()?.modelId ?? model?.id ?? null;
  return useCall('evaluations.verdicts', {}).data?.filter((choice) => modelId !== null && choice.modelId === modelId);
}

export function ModelChoices(): ReactNode {
  const { t } = useTranslation();
  const selection = useTrailSelection();
  const selections = useCall('selections.list', { modelId: null }).data;
  const choices = useMeasuredChoices();
  if (choices === undefined) return null;
  if (choices.length === 0) return <p className={styles.dim}>{t('verdict.picture.empty')}</p>;
  const take = ({ modelId, selectionId, exportId }: JudgedChoice): void => {
    if (selectionId === null || modelId === null) return;
    const request = selections?.find(({ id }) => id === selectionId)?.request ?? null;
    choose({ modelId, ...selectionChoice({ id: selectionId, request }), exportId });
  };
  return <ChoicesPicture choices={choices} current={selection?.hash ?? null} onTake={take} />;
}
