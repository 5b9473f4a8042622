export interface Diagnosis {
  code: string
  parent: string | null
  title: string
}

const tree: readonly (readonly [code: string, title: string])[] = [
  ['E11', 'Type 2 diabetes'],
  ['E11.6', 'Type 2 diabetes with other complications'],
  ['E11.9', 'Type 2 diabetes without complications'],
  ['E03', 'Underactive thyroid'],
  ['E03.9', 'Underactive thyroid, cause not stated'],
  ['E66', 'Obesity'],
  ['E66.9', 'Obesity, not further described'],
  ['E78', 'Disordered blood fats'],
  ['E78.0', 'High cholesterol alone'],
  ['F32', 'Depressive episode'],
  ['F32.0', 'Mild depressive episode'],
  ['F32.1', 'Moderate depressive episode'],
  ['F41', 'Anxiety'],
  ['F41.1', 'Lasting general anxiety'],
  ['F17', 'Tobacco use'],
  ['F17.2', 'Tobacco dependence'],
  ['G43', 'Migraine'],
  ['G43.0', 'Migraine without aura'],
  ['G43.1', 'Migraine with aura'],
  ['G47', 'Disordered sleep'],
  ['G47.0', 'Trouble falling or staying asleep'],
  ['H10', 'Inflamed conjunctiva'],
  ['H10.1', 'Allergic conjunctivitis'],
  ['I10', 'High blood pressure without known cause'],
  ['I25', 'Long-standing disease of the coronary vessels'],
  ['I25.1', 'Hardened coronary arteries'],
  ['I48', 'Atrial fibrillation'],
  ['I48.9', 'Atrial fibrillation, kind not stated'],
  ['J06', 'Cold of the upper airways'],
  ['J06.9', 'Cold of the upper airways, not further described'],
  ['J20', 'Acute bronchitis'],
  ['J20.9', 'Acute bronchitis, cause not stated'],
  ['J45', 'Asthma'],
  ['J45.0', 'Mainly allergic asthma'],
  ['J45.9', 'Asthma, not further described'],
  ['K21', 'Reflux from the stomach'],
  ['K21.9', 'Reflux without inflamed gullet'],
  ['K29', 'Inflamed stomach'],
  ['K29.7', 'Inflamed stomach, kind not stated'],
  ['L20', 'Atopic eczema'],
  ['L20.9', 'Atopic eczema, not further described'],
  ['L40', 'Psoriasis'],
  ['L40.0', 'Plaque psoriasis'],
  ['M17', 'Worn knee joint'],
  ['M17.1', 'Worn knee joint without earlier injury, one side'],
  ['M54', 'Back pain'],
  ['M54.2', 'Neck pain'],
  ['M54.5', 'Low back pain'],
  ['N39', 'Other trouble of the urinary tract'],
  ['N39.0', 'Infection of the urinary tract'],
  ['R10', 'Pain in the belly'],
  ['R10.4', 'Other pain in the belly'],
  ['R51', 'Headache'],
  ['S93', 'Injured ankle joint'],
  ['S93.4', 'Sprained ankle'],
  ['Z00', 'General check-up'],
  ['Z00.0', 'General medical check-up'],
  ['Z23', 'Vaccination against one bacterial disease'],
]

/** ICD-10 categories and codes in words of our own. A code with a point belongs to its category. */
export const diagnoses: readonly Diagnosis[] = tree.map(([code, title]) => ({
  code,
  parent: code.includes('.') ? code.slice(0, 3) : null,
  title,
}))

/** Codes that a visit is coded with. */
export const codedDiagnoses = diagnoses.filter(
  ({ code }) => code.includes('.') || !diagnoses.some((other) => other.parent === code),
)

/** Active ingredients with the strength of one unit, in milligrams. */
export const drugs = [
  { code: 'AMLO', name: 'amlodipine', mg: 5, form: 'tablet', controlled: false },
  { code: 'AMOX', name: 'amoxicillin', mg: 500, form: 'capsule', controlled: false },
  { code: 'ATOR', name: 'atorvastatin', mg: 20, form: 'tablet', controlled: false },
  { code: 'BISO', name: 'bisoprolol', mg: 5, form: 'tablet', controlled: false },
  { code: 'BUDE', name: 'budesonide', mg: 1, form: 'inhaler', controlled: false },
  { code: 'CETI', name: 'cetirizine', mg: 10, form: 'tablet', controlled: false },
  { code: 'CODE', name: 'codeine', mg: 30, form: 'tablet', controlled: true },
  { code: 'DIAZ', name: 'diazepam', mg: 5, form: 'tablet', controlled: true },
  { code: 'IBUP', name: 'ibuprofen', mg: 400, form: 'tablet', controlled: false },
  { code: 'LEVO', name: 'levothyroxine', mg: 1, form: 'tablet', controlled: false },
  { code: 'METF', name: 'metformin', mg: 850, form: 'tablet', controlled: false },
  { code: 'OMEP', name: 'omeprazole', mg: 20, form: 'capsule', controlled: false },
  { code: 'PARA', name: 'paracetamol', mg: 500, form: 'tablet', controlled: false },
  { code: 'RAMI', name: 'ramipril', mg: 5, form: 'tablet', controlled: false },
  { code: 'SALB', name: 'salbutamol', mg: 1, form: 'inhaler', controlled: false },
  { code: 'SERT', name: 'sertraline', mg: 50, form: 'tablet', controlled: false },
  { code: 'SUMA', name: 'sumatriptan', mg: 50, form: 'tablet', controlled: false },
  { code: 'ZOPI', name: 'zopiclone', mg: 7, form: 'tablet', controlled: true },
] as const

/** Tests of the laboratory; `possible` is what a living person can have, `normal` what a healthy one has. */
export const labTests = [
  { code: 'CREA', name: 'Creatinine', unit: 'mg/dL', normal: [0.6, 1.2], possible: [0.1, 20] },
  { code: 'CRP', name: 'C-reactive protein', unit: 'mg/L', normal: [0, 5], possible: [0, 500] },
  { code: 'GLU', name: 'Glucose, fasting', unit: 'mg/dL', normal: [70, 99], possible: [20, 1000] },
  { code: 'HB', name: 'Haemoglobin', unit: 'g/dL', normal: [12, 17], possible: [3, 25] },
  { code: 'HBA1C', name: 'Glycated haemoglobin', unit: '%', normal: [4, 5.6], possible: [3, 20] },
  { code: 'K', name: 'Potassium', unit: 'mmol/L', normal: [3.5, 5], possible: [1.5, 9] },
  { code: 'LDL', name: 'LDL cholesterol', unit: 'mg/dL', normal: [40, 130], possible: [5, 600] },
  { code: 'NA', name: 'Sodium', unit: 'mmol/L', normal: [135, 145], possible: [100, 180] },
  { code: 'PLT', name: 'Platelets', unit: '10^9/L', normal: [150, 400], possible: [5, 2000] },
  { code: 'TSH', name: 'Thyrotropin', unit: 'mIU/L', normal: [0.4, 4], possible: [0, 100] },
] as const

/** In the order in which employees are dealt to them: the second and the fourth have the physicians. */
export const departments = [
  { code: 'office', name: 'Front office' },
  { code: 'general', name: 'General medicine' },
  { code: 'lab', name: 'Laboratory' },
  { code: 'cardio', name: 'Heart and vessels' },
] as const

export const bloodGroups = ['0+', '0-', 'A+', 'A-', 'B+', 'B-', 'AB+', 'AB-'] as const
export const allergies = [
  'penicillin',
  'latex',
  'peanut',
  'birch pollen',
  'house dust',
  'nickel',
  'iodine',
  'bee venom',
]
export const insurers = ['Northgate Mutual', 'Helvia Care', 'Solis Health Fund', 'Meridian Family Plan', 'Verdant Aid']

export const complaints = [
  'a dry cough for a week',
  'pain in the lower back after lifting',
  'headache behind one eye',
  'tiredness and weight gain',
  'an itching rash on both arms',
  'heartburn at night',
  'trouble sleeping',
  'a swollen ankle',
  'palpitations on the stairs',
  'burning when passing water',
  'low mood since the winter',
  'a wish for a general check-up',
]

export const findings = [
  'Chest clear, no fever.',
  'Blood pressure raised at 150 over 95.',
  'Abdomen soft, slight tenderness.',
  'Movement limited, no nerve signs.',
  'Skin dry and reddened.',
  'Heart rhythm regular.',
  'No abnormal findings.',
  'Throat red, nodes swollen.',
]

export const advice = [
  'Rest and fluids, return if worse.',
  'Exercises shown, review in two weeks.',
  'Blood drawn for the laboratory.',
  'Medication adjusted.',
  'Referred to the heart clinic.',
  'Certificate issued for three days.',
  'Vaccination record checked.',
]
