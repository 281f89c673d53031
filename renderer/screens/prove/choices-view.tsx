// All choices of the model, beside what can be measured of this one.
import { ModelChoices } from '../../verdict/model-choices.tsx';
import type { Proof } from './proof/use-proof.ts';
import type { View } from './proof/view.tsx';
import { textsView } from './texts/texts-view.tsx';
import type { MeasuredTexts } from './texts/use-measured-texts.ts';
import type { Measuring } from './texts/use-measuring.ts';

export function choicesView(proof: Proof, measured: MeasuredTexts, measuring: Measuring): View {
  return {
    ...textsView('together', proof, measured, measuring),
    sets: null,
    results: <ModelChoices />,
    inspector: null,
  };
}
