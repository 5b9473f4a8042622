const words = (text: string): readonly string[] => text.trim().split(/\s+/)
const lines = (text: string): readonly string[] =>
  text
    .trim()
    .split('\n')
    .map((line) => line.trim())

export const countries = ['DE', 'GB', 'US', 'FR', 'AU'] as const
export type Country = (typeof countries)[number]

/** What people and places of a country are called. Cities are real, streets are made up. */
export interface Locale {
  language: string
  women: readonly string[]
  men: readonly string[]
  families: readonly string[]
  cities: readonly string[]
  streets: readonly string[]
  mailHosts: readonly string[]
}

const english = {
  women:
    words(`Abigail Alice Amelia Bethany Charlotte Chloe Daisy Edith Eleanor Emily Freya Georgia Grace Hannah Harriet
    Imogen Isla Jessica Lily Lucy Maya Molly Naomi Olivia Phoebe Rebecca Rosie Ruby Sophie Tessa Violet Zara`),
  men: words(`Aaron Adam Alfie Archie Benjamin Callum Connor Daniel Dylan Edward Ethan Finley Frederick George Harvey
    Henry Isaac Jacob Jude Kieran Leo Luke Mason Nathan Oscar Owen Reuben Samuel Theo Toby Wesley William`),
}

export const locales: Readonly<Record<Country, Locale>> = {
  DE: {
    language: 'de',
    women:
      words(`Anja Annika Birgit Carla Clara Dorothea Elke Emilia Franziska Frieda Greta Hanna Heike Ida Ines Johanna
      Jutta Katrin Lena Lotte Marlene Mathilda Mia Nele Paula Ronja Sabine Silke Svenja Theresa Ulrike Wiebke`),
    men: words(`Andreas Anton Bernd Christian Dirk Emil Fabian Felix Finn Georg Hannes Henrik Holger Jakob Jan Jonas
      Jürgen Karl Konrad Lars Linus Lukas Malte Moritz Niklas Ole Philipp Rainer Ruben Sebastian Thilo Uwe`),
    families:
      words(`Ackermann Albrecht Bachmann Baumann Beck Berger Böhm Brandt Busch Dietrich Ebert Engel Fiedler Förster
      Frank Götz Graf Günther Haas Hartmann Heinrich Herrmann Jäger Kaiser Keller Köhler Krüger Kuhn Lindner Lorenz
      Maurer Möller Otto Pfeiffer Pohl Reuter Richter Sauer Schreiber Seidel Sommer Stein Thiel Vogel Winkler Zimmermann`),
    cities: words(
      'Augsburg Bremen Dresden Erfurt Freiburg Göttingen Hannover Kassel Kiel Leipzig Mainz Potsdam Rostock Ulm',
    ),
    streets:
      words(`Ahornweg Amselgasse Birkenallee Brunnenstraße Eichenweg Fliederweg Gartenstraße Hafenstraße Kastanienallee
      Kirschweg Lindenplatz Marktgasse Mühlenweg Rosenstraße Seestraße Sonnenweg Tannenweg Ulmenstraße Wiesengrund`),
    mailHosts: words('post.example brief.example mail.example.de'),
  },
  GB: {
    language: 'en',
    ...english,
    families:
      words(`Atkins Bailey Barnes Bishop Bradley Carter Chapman Coleman Cooper Dawson Doyle Ellis Fisher Fletcher
      Gibson Grant Harper Hayes Holland Hudson Kerr Lambert Marsh Mason Newton Norris Osborne Palmer Parsons Pearce
      Perry Porter Reid Rowe Saunders Sharp Sutton Thorne Wade Walsh Webb Whitaker Winter Yates`),
    cities: words('Bath Bristol Cardiff Derby Durham Exeter Leeds Lincoln Norwich Oxford Preston Swansea Truro York'),
    streets: lines(`Abbey Lane
      Bramble Close
      Chestnut Grove
      Church Meadow
      Elm Terrace
      Fern Hill
      Harbour Row
      Juniper Way
      Larkfield Road
      Mill Walk
      Orchard Rise
      Quarry Lane
      Rowan Crescent
      Station Parade
      Thistle Street
      Willow Drive`),
    mailHosts: words('post.example letters.example mail.example.org'),
  },
  US: {
    language: 'en',
    women: words(`Ana Ashley Aubrey Brianna Brooke Camila Carmen Destiny Diana Elena Faith Gabriela Hailey Hazel Jasmine
      Jocelyn Kayla Keisha Kimberly Latoya Leah Madison Mariana Megan Nevaeh Paige Rosa Savannah Shelby Sierra Valeria Zoe`),
    men: words(`Andre Angel Austin Blake Brandon Carlos Chase Cody Darius Diego Dominic Eduardo Garrett Hector Hunter Ivan
      Jamal Javier Jaylen Jesus Kevin Logan Luis Malik Marcus Miguel Parker Rafael Ricardo Travis Tyrone Wyatt`),
    families: words(`Alvarez Bennett Brooks Bryant Castillo Chavez Coleman Cruz Delgado Dixon Espinoza Ferguson Flores
      Freeman Garza Gibbs Greene Guerrero Hicks Holloway Jenkins Jimenez Kim Le Lopez Maldonado Mendoza Morales Nguyen
      Ortega Patel Pena Pham Ramirez Rios Sandoval Shaw Silva Tran Vargas Vega Washington Wong Zamora`),
    cities: words('Albany Austin Boise Boulder Dayton Eugene Fresno Lansing Lincoln Macon Mobile Reno Savannah Tucson'),
    streets: lines(`Aspen Court
      Bluebird Lane
      Canyon Road
      Cottonwood Drive
      Dogwood Avenue
      Eagle Ridge
      Hickory Street
      Juniper Boulevard
      Magnolia Avenue
      Old Mill Road
      Pinecrest Way
      Prairie Street
      Redwood Circle
      Sagebrush Trail
      Sycamore Street
      Wildflower Lane`),
    mailHosts: words('inbox.example letters.example mail.example.com'),
  },
  FR: {
    language: 'fr',
    women:
      words(`Adèle Agathe Amandine Anaïs Aurélie Camille Capucine Céline Clémence Coralie Delphine Élise Fanny Flavie
      Hélène Inès Jeanne Juliette Léa Lucie Manon Margaux Mathilde Noémie Océane Pauline Romane Salomé Solène Zoé`),
    men: words(`Adrien Alexis Antoine Arthur Aurélien Baptiste Bastien Benoît Clément Cyril Damien Étienne Fabrice Gaspard
      Guillaume Hugo Jérôme Julien Léo Loïc Mathieu Maxime Nicolas Olivier Pierre Quentin Raphaël Rémi Théo Tristan`),
    families:
      words(`Aubert Barbier Benoit Bertin Blanchard Bonnet Boucher Brunet Caron Chevalier Clément Colin Deschamps
      Dumas Fabre Fontaine Gaillard Garnier Gauthier Giraud Guérin Hamon Jacquet Joly Lacroix Leclerc Lefèvre Lemaire
      Marchand Masson Mercier Meunier Noël Perrin Picard Poirier Renard Rivière Rousseau Roux Roy Vidal`),
    cities: words('Amiens Angers Annecy Avignon Brest Caen Dijon Grenoble Limoges Metz Nantes Pau Reims Tours'),
    streets: lines(`allée des Tilleuls
      avenue du Verger
      chemin des Vignes
      impasse du Moulin
      place du Puits
      quai des Mouettes
      rue de la Fontaine
      rue des Alouettes
      rue des Cerisiers
      rue des Lavandes
      rue du Colombier
      rue du Lavoir
      rue du Four à Chaux
      sentier des Pins`),
    mailHosts: words('courrier.example lettre.example mail.example.fr'),
  },
  AU: {
    language: 'en',
    ...english,
    families: words(`Abbott Baxter Burke Callaghan Chan Clarke Dempsey Donnelly Duffy Farrell Flynn Gallagher Hartigan
      Hogan Huynh Kaur Kelleher Lang Larkin Macleod Mahoney McGrath Nolan Oneill Papas Quinn Rossi Ryan Singh Stavros
      Sullivan Tan Tierney Vella Wu`),
    cities: words('Albury Ballarat Bendigo Bunbury Cairns Dubbo Geelong Hobart Mackay Mildura Orange Perth Tamworth'),
    streets: lines(`Acacia Street
      Banksia Court
      Billabong Road
      Boronia Avenue
      Casuarina Drive
      Eucalypt Way
      Grevillea Place
      Jacaranda Street
      Kookaburra Lane
      Melaleuca Road
      Wattle Grove
      Waratah Parade`),
    mailHosts: words('inbox.example post.example mail.example.net'),
  },
}

/** A name as it stands in an e-mail address: plain lower-case letters. */
export function plain(name: string): string {
  return name
    .toLowerCase()
    .replaceAll('ß', 'ss')
    .replace(/[äöü]/g, (letter) => ({ ä: 'ae', ö: 'oe', ü: 'ue' })[letter] ?? letter)
    .normalize('NFD')
    .replace(/[^a-z]/g, '')
}
