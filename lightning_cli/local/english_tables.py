"""What English says for units, currencies, abbreviations, file endings and signs: data for ``local/english.py``.

A table is text, one entry after the other, so that a reader can correct it without knowing the rules.
"""


def _pairs(text: str) -> dict[str, str]:
    """Read ``key=value`` entries parted by semicolons."""
    return {key: word for entry in text.split(";") for key, _, word in (entry.rpartition("="),)}


# Symbol or code of a currency: one, many, one hundredth, hundredths; without the last two an amount has a point.
CURRENCIES = {
    sign: tuple(names.split(","))
    for sign, names in _pairs(
        "$=dollar,dollars,cent,cents;US$=U S dollar,U S dollars,cent,cents;A$=Australian dollar,Australian dollars,"
        "cent,cents;AU$=Australian dollar,Australian dollars,cent,cents;C$=Canadian dollar,Canadian dollars,cent,cents;"
        "CA$=Canadian dollar,Canadian dollars,cent,cents;NZ$=New Zealand dollar,New Zealand dollars,cent,cents;"
        "HK$=Hong Kong dollar,Hong Kong dollars,cent,cents;S$=Singapore dollar,Singapore dollars,cent,cents;"
        "Mex$=Mexican peso,Mexican pesos,centavo,centavos;MX$=Mexican peso,Mexican pesos,centavo,centavos;"
        "NT$=New Taiwan dollar,New Taiwan dollars,cent,cents;R$=real,reais,centavo,centavos;€=euro,euros,cent,cents;£=pound,pounds,penny,pence;¥=yen,yen;￥=yen,yen;"
        "₹=rupee,rupees,paisa,paise;Rs.=rupee,rupees,paisa,paise;Rs=rupee,rupees,paisa,paise;₨=rupee,rupees,paisa,paise;"
        "₽=ruble,rubles,kopeck,kopecks;₺=lira,lira,kurus,kurus;₩=won,won;₴=hryvnia,hryvnias,kopeck,kopecks;"
        "₪=shekel,shekels,agora,agorot;₫=dong,dong;₦=naira,naira,kobo,kobo;₱=peso,pesos,centavo,centavos;"
        "฿=baht,baht,satang,satang;₿=bitcoin,bitcoins;₡=colon,colones;₲=guarani,guaranis;₵=cedi,cedis,pesewa,pesewas;"
        "₸=tenge,tenge;₾=lari,lari;₼=manat,manat;₭=kip,kip;₮=tugrik,tugriks;৳=taka,taka;zł=zloty,zlotys;kr=krone,kroner;kr.=krone,kroner;Kč=koruna,korunas"
    ).items()
}
CURRENCY_CODES = {
    code: tuple(names.split(","))
    for code, names in _pairs(
        "USD=U S dollar,U S dollars,cent,cents;EUR=euro,euros,cent,cents;GBP=pound,pounds,penny,pence;JPY=yen,yen;"
        "INR=rupee,rupees,paisa,paise;CNY=yuan,yuan;RMB=yuan,yuan;CHF=Swiss franc,Swiss francs,centime,centimes;"
        "CAD=Canadian dollar,Canadian dollars,cent,cents;AUD=Australian dollar,Australian dollars,cent,cents;"
        "NZD=New Zealand dollar,New Zealand dollars,cent,cents;SGD=Singapore dollar,Singapore dollars,cent,cents;"
        "HKD=Hong Kong dollar,Hong Kong dollars,cent,cents;SEK=Swedish krona,Swedish kronor;NOK=Norwegian krone,"
        "Norwegian kroner;DKK=Danish krone,Danish kroner;PLN=zloty,zlotys;CZK=koruna,korunas;RUB=ruble,rubles;"
        "TRY=lira,lira;KRW=won,won;BRL=real,reais;MXN=Mexican peso,Mexican pesos;ZAR=rand,rand;AED=dirham,dirhams;"
        "HUF=forint,forints;RON=leu,lei;UAH=hryvnia,hryvnias;EGP=Egyptian pound,Egyptian pounds;NGN=naira,naira;"
        "KES=Kenyan shilling,Kenyan shillings;VND=dong,dong;TWD=Taiwan dollar,Taiwan dollars;ARS=Argentine peso,Argentine pesos;"
        "CLP=Chilean peso,Chilean pesos;MYR=ringgit,ringgit;PKR=Pakistani rupee,Pakistani rupees;BDT=taka,taka;"
        "QAR=Qatari riyal,Qatari riyals;KWD=Kuwaiti dinar,Kuwaiti dinars;"
        "SAR=riyal,riyals;THB=baht,baht;PHP=peso,pesos;IDR=rupiah,rupiah;ILS=shekel,shekels"
    ).items()
}
SCALES = _pairs(
    "k=thousand;K=thousand;m=million;M=million;mn=million;mm=million;MM=million;mln=million;b=billion;B=billion;"
    "bn=billion;Bn=billion;bln=billion;t=trillion;T=trillion;tn=trillion;trn=trillion;cr=crore;Cr=crore;L=lakh;lac=lakh;"
    "lacs=lakh;lakh=lakh;lakhs=lakh;crore=crore;crores=crore;lakh crore=lakh crore;lakh cr=lakh crore;lakh cr.=lakh crore;cr.=crore;"
    "thousand crore=thousand crore;hundred crore=hundred crore;Mio.=million;Mio=million;Mrd.=billion;Mrd=billion;hundred=hundred;thousand=thousand;million=million;"
    "billion=billion;trillion=trillion;Million=million;Billion=billion;Trillion=trillion"
)
# What has a price before its name: "the €20 note".
PRICED = (
    "note bill coin fee fine ticket deal budget fund bonus prize plan tax gift card loan debt investment price tag "
    "deposit minimum limit bet rent check cheque voucher coupon discount refund grant mark project contract lawsuit "
    "settlement acquisition package house home car menu meal surcharge charge toll stimulus valuation"
).split()
# What has a measure before its name: "the 100 m relay".
MEASURED = (
    "relay sprint race dash hurdles freestyle butterfly backstroke breaststroke walk pool cable lens monitor screen battery "
    "charger bag can bottle drive disk fence wall pipe wire gun round display tank engine board beam rope hose jar cup"
).split()
# A time with seconds behind one of these is how long something took.
BEFORE_DURATIONS = (
    "took takes take in of lasts last lasted lasting ran runs run for duration length elapsed remaining".split()
)
# What may stand behind the slash of a price or of a rate.
PER = _pairs(
    "hour=hour;hr=hour;h=hour;day=day;d=day;night=night;week=week;wk=week;month=month;mo=month;mth=month;year=year;"
    "yr=year;y=year;minute=minute;min=minute;second=second;sec=second;s=second;person=person;head=head;user=user;"
    "seat=seat;unit=unit;item=item;piece=piece;pc=piece;share=share;barrel=barrel;bbl=barrel;ton=ton;tonne=tonne;t=ton;"
    "kg=kilogram;g=gram;lb=pound;oz=ounce;gal=gallon;gallon=gallon;l=liter;L=liter;liter=liter;litre=litre;mile=mile;"
    "mi=mile;km=kilometer;m=meter;m²=square meter;m2=square meter;sqft=square foot;GB=gigabyte;MB=megabyte;"
    "kWh=kilowatt hour;MWh=megawatt hour;word=word;page=page;ticket=ticket;call=call;student=student;child=child;"
    "guest=guest;room=room;car=car;capita=capita;request=request;token=token;game=game;session=session;box=box"
)

# Symbol of a unit: the word for one, and for many where that is not the word with an s.
UNITS = {
    sign: (one, many or one + "s")
    for sign, _, names in (
        entry.partition("=")
        for entry in (
            "m=meter;km=kilometer;dm=decimeter;cm=centimeter;mm=millimeter;µm=micrometer;nm=nanometer;"
            "mi=mile;yd=yard;yds=yard;ft=foot,feet;in=inch,inches;nmi=nautical mile;ly=light year;AU=astronomical unit;"
            "g=gram;kg=kilogram;mg=milligram;µg=microgram;mcg=microgram;ng=nanogram;t=tonne;lb=pound;lbs=pound;oz=ounce;"
            "st=stone,stone;l=liter;L=liter;dl=deciliter;dL=deciliter;cl=centiliter;cL=centiliter;ml=milliliter;"
            "mL=milliliter;µl=microliter;µL=microliter;hl=hectoliter;gal=gallon;qt=quart;pt=pint;tsp=teaspoon;"
            "tbsp=tablespoon;Tbsp=tablespoon;TBSP=tablespoon;Tsp=teaspoon;cc=cubic centimeter;ha=hectare;ac=acre;s=second;sec=second;secs=second;ms=millisecond;"
            "µs=microsecond;ns=nanosecond;min=minute;mins=minute;h=hour;hr=hour;hrs=hour;wk=week;wks=week;mo=month;"
            "mos=month;yr=year;yrs=year;W=watt;kW=kilowatt;MW=megawatt;GW=gigawatt;TW=terawatt;mW=milliwatt;"
            "Wh=watt hour;kWh=kilowatt hour;MWh=megawatt hour;GWh=gigawatt hour;TWh=terawatt hour;V=volt;kV=kilovolt;"
            "mV=millivolt;A=amp;mA=milliamp;µA=microamp;kA=kiloamp;Ah=amp hour;mAh=milliamp hour;Ω=ohm;kΩ=kiloohm;"
            "MΩ=megaohm;F=farad;µF=microfarad;nF=nanofarad;pF=picofarad;H=henry,henries;mH=millihenry,millihenries;"
            "J=joule;kJ=kilojoule;MJ=megajoule;GJ=gigajoule;cal=calorie;kcal=kilocalorie;BTU=B T U;eV=electron volt;"
            "keV=kilo electron volt;MeV=mega electron volt;GeV=giga electron volt;N=newton;kN=kilonewton;Nm=newton meter;"
            "Pa=pascal;hPa=hectopascal;kPa=kilopascal;MPa=megapascal;GPa=gigapascal;bar=bar;mbar=millibar;"
            "psi=P S I,P S I;atm=atmosphere;mmHg=millimeter of mercury,millimeters of mercury;hp=horsepower,horsepower;"
            "HP=horsepower,horsepower;K=kelvin,kelvin;Hz=hertz,hertz;kHz=kilohertz,kilohertz;MHz=megahertz,megahertz;"
            "GHz=gigahertz,gigahertz;THz=terahertz,terahertz;dB=decibel;dBA=decibel A,decibels A;lm=lumen;lx=lux,lux;"
            "cd=candela;mol=mole;mmol=millimole;µmol=micromole;IU=I U,I U;bit=bit;bits=bit;kbit=kilobit;Mbit=megabit;"
            "Gbit=gigabit;B=byte;kB=kilobyte;KB=kilobyte;MB=megabyte;GB=gigabyte;TB=terabyte;PB=petabyte;EB=exabyte;"
            "KiB=kibibyte;MiB=mebibyte;GiB=gibibyte;TiB=tebibyte;kb=kilobit;Mb=megabit;Gb=gigabit;px=pixel;MP=megapixel;"
            "mph=mile per hour,miles per hour;kph=kilometer per hour,kilometers per hour;"
            "kmh=kilometer per hour,kilometers per hour;kn=knot;kt=knot;kts=knot;fps=frame per second,frames per second;"
            "rpm=revolution per minute,revolutions per minute;RPM=revolution per minute,revolutions per minute;"
            "bpm=beat per minute,beats per minute;ppm=part per million,parts per million;"
            "ppb=part per billion,parts per billion;bps=bit per second,bits per second;"
            "kbps=kilobit per second,kilobits per second;Kbps=kilobit per second,kilobits per second;"
            "Mbps=megabit per second,megabits per second;Gbps=gigabit per second,gigabits per second;"
            "MBps=megabyte per second,megabytes per second;mpg=mile per gallon,miles per gallon;"
            "sq ft=square foot,square feet;sq. ft.=square foot,square feet;sqft=square foot,square feet;"
            "sqm=square meter;sq. m=square meter;sqkm=square kilometer;mSv=millisievert;dpi=dot per inch,dots per inch;sq mi=square mile;sq m=square meter;sq km=square kilometer;cu ft=cubic foot,cubic feet;fl oz=fluid ounce;"
            "fl. oz.=fluid ounce;pct=percent,percent;°C=degree Celsius,degrees Celsius;"
            "°F=degree Fahrenheit,degrees Fahrenheit;°K=kelvin,kelvin;°=degree;GW h=gigawatt hour"
        ).split(";")
    )
    for one, _, many in (names.partition(","),)
}
# Capitals and small letters behind a number that are more often something else: "5G", "4K", "3D", "5 A batteries".
NEEDS_SPACE = frozenset({"m", "s", "t", "A", "N", "J", "F", "H", "B", "L", "K", "pt", "st", "in", "mo", "AU", "ac"})
NEVER_PLAIN = frozenset({"K", "F", "H", "N", "B", "AU", "st"})  # only with an exponent, or as a part of a rate
LENGTHS = frozenset({"m", "km", "dm", "cm", "mm", "µm", "nm", "ft", "in", "yd", "mi"})
POWERS = {"²": "square", "2": "square", "^2": "square", "³": "cubic", "3": "cubic", "^3": "cubic"}

# With a full stop: what is said for it. Behind these a number or a small letter goes on with the sentence.
ABBREVIATIONS = _pairs(
    "i.e.=that is;e.g.=for example;I.e.=that is;E.g.=for example;vs.=versus;a.k.a.=also known as;A.K.A.=also known as;cf.=compare;c.=circa;Tbl.=table;tbl.=table;Rte.=route;viz.=namely;ca.=circa;"
    "etc.=et cetera;dept.=department;Dept.=Department;depts.=departments;govt.=government;assoc.=association;"
    "Assoc.=Association;asst.=assistant;Asst.=Assistant;mgr.=manager;Mgr.=Manager;mgmt.=management;mfg.=manufacturing;"
    "intl.=international;Intl.=International;natl.=national;Natl.=National;inst.=institute;Inst.=Institute;"
    "approx.=approximately;Approx.=Approximately;incl.=including;excl.=excluding;avg.=average;Avg.=Average;"
    "max.=maximum;Max.=Maximum;temp.=temperature;tel.=telephone;Tel.=Telephone;ext.=extension;Ext.=Extension;"
    "resp.=respectively;misc.=miscellaneous;cont.=continued;prev.=previous;qty.=quantity;Qty.=Quantity;"
    "ref.=reference;Ref.=Reference;req.=required;wt.=weight;ea.=each;freq.=frequency;pkg.=package;abbr.=abbreviation;"
    "orig.=originally;esp.=especially;est.=established;Est.=Established;elev.=elevation;lat.=latitude;"
    "Sec.=section;sec.=section;Secs.=sections;Eq.=equation;eq.=equation;Eqs.=equations;Eqn.=equation;Figs.=figures;"
    "figs.=figures;Fig.=figure;fig.=figure;Tab.=table;App.=appendix;Art.=article;Ch.=chapter;ch.=chapter;chs.=chapters;"
    "Vol.=volume;vol.=volume;vols.=volumes;Nos.=numbers;nos.=numbers;Nr.=number;No.=number;no.=number;p.=page;pp.=pages;"
    "P.=page;para.=paragraph;paras.=paragraphs;col.=column;cols.=columns;ll.=lines;ed.=edition;eds.=editors;"
    "Esq.=Esquire;Messrs.=Messrs;Mme.=Madame;Mlle.=Mademoiselle;Pvt.=Private;Ave.=Avenue;Blvd.=Boulevard;Rd.=Road;"
    "Ln.=Lane;Ct.=Court;Pl.=Place;Sq.=Square;Pkwy.=Parkway;Hwy.=Highway;Apt.=Apartment;Bldg.=Building;Rm.=Room;"
    "mos.=months;pts.=points;yrs.=years;wks.=weeks;hrs.=hours;mins.=minutes;secs.=seconds;lbs.=pounds;tbsp.=tablespoon;"
    "tsp.=teaspoon;Jan.=January;Feb.=February;Apr.=April;Jun.=June;Jul.=July;Aug.=August;Sept.=September;"
    "Sep.=September;Oct.=October;Nov.=November;Dec.=December;Mon.=Monday;Tue.=Tuesday;Tues.=Tuesday;Wed.=Wednesday;"
    "Thu.=Thursday;Thur.=Thursday;Thurs.=Thursday;Fri.=Friday"
)
# Only where a number follows: elsewhere they are words, initials or names.
BEFORE_NUMBERS = frozenset(
    "c. Tbl. tbl. Rte. Sec. sec. Eq. eq. Tab. App. Art. Ch. ch. No. no. Nr. p. pp. P. para. col. cols. ll. Vol. vol. ed. Rm. ca. Fig. fig.".split()
)
# Names and words that may end a sentence: short for another only where a word or a number follows.
ALSO_WORDS = frozenset("Max. temp. ref. Ref.".split())
# Without a full stop.
SHORT_FORMS = _pairs(
    "Attn=attention;vs=versus;arXiv=archive;Fwd=forward;FWD=forward;tsp=teaspoon;tbsp=tablespoon;Tbsp=tablespoon;w/o=without;w/=with;b/c=because;c/o=care of;n/a=N A;N/A=N A;Dept=Department;approx=approximately;TODO=to do;"
    "README=read me;JSON=Jason;YAML=yamul;TOML=tomul;CSV=C S V;regex=redge ex;nginx=engine X;kubectl=kube control;"
    "PostgreSQL=postgres Q L;sudo=sue doo;stdin=standard in;stdout=standard out;stderr=standard error;LaTeX=lay tek;"
    "Wi-Fi=why fie;WiFi=why fie;PgUp=page up;PgDn=page down;PgDown=page down;Ctrl=control;WWII=World War Two;WWI=World War One;FAQs=F A Q s"
)
KEYS = _pairs(
    "ctrl=control;control=control;cmd=command;command=command;alt=alt;opt=option;option=option;shift=shift;win=windows;"
    "windows=windows;super=super;meta=meta;fn=function;altgr=alt G R"
)
KEY_NAMES = _pairs(
    "cr=enter;spc=space;bs=backspace;del=delete;esc=escape;ins=insert;pgup=page up;pgdn=page down;pgdown=page down;ret=return;bksp=backspace;"
    "+=plus;-=minus;/=slash;,=comma;.=period;?=question mark;`=backtick;[=left bracket;]=right bracket;\\=backslash;"
    "←=left;→=right;↑=up;↓=down"
)
# The short forms of streets behind a number and a name.
STREETS = _pairs(
    "St=Street;Dr=Drive;Ave=Avenue;Av=Avenue;Blvd=Boulevard;Rd=Road;Ln=Lane;Ct=Court;Pl=Place;Sq=Square;Pkwy=Parkway;"
    "Hwy=Highway;Ter=Terrace;Cir=Circle"
)
PLACES = _pairs("Rm=room;Bldg=building;Ste=suite;Ext=extension")
SIDES = _pairs("NW=northwest;NE=northeast;SW=southwest;SE=southeast;N=north;S=south;E=east;W=west")
STATES = _pairs(
    "AL=Alabama;AK=Alaska;AZ=Arizona;AR=Arkansas;CA=California;CO=Colorado;CT=Connecticut;DE=Delaware;FL=Florida;"
    "GA=Georgia;HI=Hawaii;ID=Idaho;IL=Illinois;IN=Indiana;IA=Iowa;KS=Kansas;KY=Kentucky;LA=Louisiana;ME=Maine;"
    "MD=Maryland;MA=Massachusetts;MI=Michigan;MN=Minnesota;MS=Mississippi;MO=Missouri;MT=Montana;NE=Nebraska;NV=Nevada;"
    "NH=New Hampshire;NJ=New Jersey;NM=New Mexico;NY=New York;NC=North Carolina;ND=North Dakota;OH=Ohio;OK=Oklahoma;"
    "OR=Oregon;PA=Pennsylvania;RI=Rhode Island;SC=South Carolina;SD=South Dakota;TN=Tennessee;TX=Texas;UT=Utah;"
    "VT=Vermont;VA=Virginia;WA=Washington;WV=West Virginia;WI=Wisconsin;WY=Wyoming;DC=D C"
)
MONTHS = (
    "January February March April May June July August September October November December"
).split()  # fmt: skip # one line of names
WEEKDAYS = _pairs(
    "Mon=Monday;Tue=Tuesday;Tues=Tuesday;Wed=Wednesday;Thu=Thursday;Thur=Thursday;Thurs=Thursday;Fri=Friday;"
    "Sat=Saturday;Sun=Sunday"
)
# Those who are counted by Roman numerals, besides whom hibari knows.
REGNAL = frozenset(
    "John Paul Gregory Clement Innocent Urban Boniface Sixtus Julius Alfonso Carlos Felipe Juan Umberto Vittorio "
    "Wilhelm Friedrich Franz Ludwig Otto Heinrich Karl Albert Leopold Baudouin Christian Haakon Harald Olav Oscar Erik "
    "Gustaf Gustavus Adolf Margaret Mary Anne Robert David Malcolm Kenneth Constantine Justinian Leo Basil Michael "
    "Andronikos Mehmed Murad Selim Mahmud Osman Abdul Darius Xerxes Artaxerxes Ptolemy Cleopatra Antiochus Seleucus "
    "Rama Amenhotep Thutmose Seti Ramesses Sigismund Stanislaus Casimir Boris Fyodor Vasily Akbar Napoleon Louis "
    "Henry Edward George William Charles James Richard Elizabeth Pius Benedict Philip Alexander Nicholas Peter "
    "Catherine Ivan Ferdinand Frederick Francis Joseph Rudolf Maximilian".split()
)
# What is counted by Roman numerals and read as a plain number.
COUNTED = frozenset(
    "chapter part act scene section volume book phase article mark type level stage class grade episode round table "
    "figure appendix title group schedule category tier unit vatican war army corps region zone annex module lesson "
    "exercise problem question case figure plate canto psalm sonnet symphony opus no number bowl".split()
)
# How file endings and domains are said where that is not letter by letter.
ENDINGS = _pairs(
    "com=com;org=org;net=net;edu=E D U;gov=gov;info=info;json=Jason;yaml=yamul;yml=Y M L;toml=tomul;zip=zip;doc=doc;"
    "docx=doc X;jpg=J peg;jpeg=J peg;gif=gif;wav=wave;log=log;tar=tar;bat=bat;conf=conf;java=java;go=go;lock=lock;"
    "env=env;dev=dev;app=app;ai=A I;io=I O;co=co;me=me;tv=T V;biz=biz;shop=shop;blog=blog;store=store;cloud=cloud;"
    "online=online;site=site;tech=tech;mp3=M P three;mp4=M P four;m4a=M four A;m4b=M four B;7z=seven Z;xlsx=X L S X;"
    "flac=flack;ogg=og;opus=opus;key=key;pem=pem;bin=bin;iso=I S O;dat=dat;bak=back;text=text;local=local;test=test;"
    "example=example;de=D E;uk=U K;fr=F R;in=in;us=U S;eu=E U;ca=C A;au=A U;jp=J P;cn=C N;int=int;mil=mil;xyz=X Y Z"
)
FILE_ENDINGS = frozenset(
    "py js ts jsx tsx mjs rb rs go java kt c h cc cpp hpp cs php pl sh bash zsh ps1 bat cmd exe dll so txt md rst tex "
    "pdf doc docx xls xlsx ppt pptx odt ods csv tsv json jsonl yaml yml toml ini cfg conf env xml html htm css scss sql "
    "db log bak tmp zip tar gz bz2 xz 7z rar iso img deb rpm apk jar war whl png jpg jpeg gif svg webp bmp tif tiff ico "
    "mp3 mp4 m4a m4b wav flac ogg opus avi mkv mov webm srt vtt ass epub mobi ttf otf woff lock key pem crt ipynb".split()
)
DOMAINS = frozenset(
    "com org net edu gov io co uk de fr info biz us ca au tv me ly ai in dev app eu nl it es ch at be se no fi dk pl ru "
    "jp cn kr br mx nz za ie shop blog store cloud online site tech xyz".split()
)
PATH_WORDS = _pairs(
    "id=I D;ip=I P;ui=U I;os=O S;rsa=R S A;api=A P I;url=U R L;bashrc=bash R C;zshrc=Z S H R C;localhost=local host;gitignore=git ignore;usr=user;bin=bin;etc=E T C;var=var;tmp=temp;opt=opt;src=source;lib=lib;img=image;www=W W W"
)
# Signs in addresses, paths and names of files.
ADDRESS_SIGNS = _pairs(
    "/=slash;\\=backslash;.=dot;-=dash;_=underscore;@=at;:=colon;?=question mark;&=and;#=hash;+=plus;%=percent;~=tilde;"
    "==equals"
)
SIGNS = _pairs(
    "\\=backslash;|=pipe;~=tilde;^=caret;*=asterisk;_=underscore;`=backtick;{=left brace;}=right brace;#=hash;"
    "[=left bracket;]=right bracket;<=less than;>=greater than;@=at;&=and;+=plus;==equals;/=slash;%=percent"
)
# Signs that mean the same wherever they stand.
WORDS = _pairs(
    "→=to;⟶=to;->=to;-->=to;➜=to;➔=to;⇒=implies;=>=implies;⇔=if and only if;↔=to and from;←=from;<-=from;↑=up;↓=down;"
    "≠=not equal to;!==not equal to;≤=less than or equal to;<==less than or equal to;≥=greater than or equal to;"
    ">==greater than or equal to;≈=approximately;≅=approximately;≃=approximately;∼=about;≡=identical to;∝=proportional to;"
    "∞=infinity;∛=cube root of;√=square root of;∑=sum of;∏=product of;∫=integral of;∂=partial;∇=nabla;∈=in;∉=not in;"
    "⊂=subset of;⊆=subset of;\u222a=union;∩=intersection;∅=empty set;∀=for all;∃=there exists;∧=and;∨=or;∴=therefore;"
    "∵=because;∠=angle;⊥=perpendicular to;‰=per mille;№=number;℅=care of;♯=sharp;♭=flat;†=dagger;‡=double dagger;™=trade mark;®=registered;©=copyright;"
    "\u2212=minus;µ=micro;Ω=ohms;℃=degrees Celsius;℉=degrees Fahrenheit;⁄=slash;∕=slash;¦=pipe;¶=paragraph;⋅=times;∗=times"
)
# In a sentence that is not all capitals these are words said with force, not letters.
CAPITAL_WORDS = frozenset(
    "A AN AND ARE AS AT ALL ANY BE BEEN BUT BY CAN DID DO DOES FOR FROM GET GO GOT HAD HAS HAVE HER HIM HIS HOW IF IN IS "
    "ITS LET MAY MUST MY NEVER NO NOR NOT NOW OF OFF ON ONE ONLY OUR OUT SHE SO SOME THAN THAT THE THEIR THEM THEN THERE "
    "THESE THEY THIS TO TOO UP VERY WAS WE WERE WHAT WHEN WHERE WHY WILL WITH YES YET YOU YOUR BAD BIG ALWAYS EVERY EVER "
    "STOP WAIT HELP LOVE HATE REALLY BEST WORST FREE NEW OLD HOT TOP RUN SEE SAY TWO TEN BOTH SUCH MORE MOST MUCH MANY".split()
)
# Words whose sound a neighbour decides and hibari's tagger misses: a pattern whose group is the word, and its sound.
HETERONYMS = (
    # What ends a sentence, where hibari takes it for the short form of another word.
    (r"\b(no)(?=\.(?!\s?[\dIVX]))", "nˈO"),
    (r"\b(fig)(?=\.(?!\s?\d))", "fˈɪɡ"),
    (r"\b[Tt]he (Sun)(?=\.)", "sˈʌn"),
    (r"\b([Ll]ead)(?=(?:-free| pipes?| paint| poisoning| bullets?| acid| weights?| ore| roofs?| shot| mines?)\b)", "lˈɛd"),
    (r"\b(?:of|with|like|contains?) (lead)(?=[.,;]| and (?:zinc|mercury|copper|tin|iron|steel|arsenic)\b)", "lˈɛd"),
    (r"\b(?:takes?|taken|taking|took|makes?|made) an? (?:deep |low |last )?(bow)\b", "bˈW"),
    (r"\b(bow)(?= of the (?:ship|boat)\b| and stern\b| wave\b)", "bˈW"),
    (r"\b(bass)(?= (?:guitars?|players?|drums?|clef|lines?|notes?|clarinets?|voices?|solo|boost|singers?)\b)", "bˈAs"),
    (r"\b(?:double|electric|upright|plays?|played|playing|sings) (bass)\b(?! (?:fish|boat))", "bˈAs"),
    (r"\b(dove)(?= (?:into|in|for|off|deep|down|under|headfirst|straight)\b)", "dˈOv"),
    (r"\b(?:will|to|can|must|may|might|should|shall|could|would|not|please|\w+n't) (read)\b(?!-)", "ɹˈid"),
    (r"\b(?:has|have|had|was|were|been|\w+'ve|be|is|are) (?:not |already |just |never |also )?(read)\b(?!-)", "ɹˈɛd"),
    (r"\b(?i:have|has|had) (?:you|he|she|they|we|I|it|anyone|everyone) (?:ever |already |not )?(read)\b", "ɹˈɛd"),
    (r"\b(?:I|[Yy]ou|[Ww]e|[Tt]hey) (?:often |always |usually |sometimes |rarely |mostly )(read)\b", "ɹˈid"),
    (r"\b(?:I|[Yy]ou|[Ww]e|[Tt]hey) (read)(?= [^.?!]{0,40}\b(?:every (?:day|night|week|morning|evening)|daily|weekly)\b)", "ɹˈid"),
    (r"\b(?:[Tt]he|[Aa]|[Mm]y|[Yy]our|[Hh]is|[Hh]er|[Tt]heir|updated|attached) (resume)\b(?! (?:of|to|in)\b)", "ɹˈɛzəmˌA"),
    (r"^(House)(?= (?:the|them|these|those|your|all)\b)", "hˈWz"),
    (
        r"\b(?:I|[Yy]ou|[Ww]e|[Tt]hey|to|not|[Ww]ho|[Pp]eople|may|might|can|could|will|would|often|\w+n't) (abuse)(?= (?:power|drugs|alcohol|it|them|him|her|their|his|the|our|your|my|animals|children|trust|people)\b)",
        "əbjˈuz",
    ),
    (
        r"\b(?i:we|they|I|you|analysts|economists|experts|forecasters|will|would) (project)(?= (?:growth|that|revenues?|sales|earnings|an?|inflation|demand|losses|profits?)\b)",
        "pɹəʤˈɛkt",
    ),
    (r"\b(?:[Tt]he|more|much|[Tt]oo much) (bass)(?=[.,]? (?:was|is) (?:too |very |so )?(?:loud|deep|heavy|low|booming|boosted))", "bˈAs"),
    (r"\b(?:[Tt]urn(?:ed|s)? (?:up|down) the|[Dd]rum and|[Dd]rums and) (bass)\b", "bˈAs"),
    (r"\b(minute)(?= (?:details?|amounts?|particles?|differences?|quantity|quantities|traces?|fraction)\b)", "mInˈut"),
    (r"\ba (tear) in (?:the|his|her|my|your|its|a)\b", "tˈɛɹ"),
    (r"\b(?:they|you|we|I|'ll|to|not) (object)(?= to\b)(?! to the point)", "əbʤˈɛkt"),
    (r"\b(?:am|is|are|was|were|be|been|feel|feels|felt|seem|seems) (?:not |quite |very )?(content)\b(?! (?:of|in))",
     "kəntˈɛnt"),
    (r"\b(?:bucks|stags|[Tt]he) (?:and )?(does)(?= (?:and (?:bucks|stags|fawns)|graze|grazed|were|ran|fled|feed|fed|gave)\b)", "dˈOz"),
    (r"\bwas (wound)(?= (?:around|up|tightly|down|round|through)\b)", "wˈWnd"),
    (r"^(Wind) (?=the clock|up|your|it\b)", "wˈInd"),
    (r"^(Polish)(?= (?:the|your|my|his|her|it|all|each|every)\b)", "pˈɑlɪʃ"),
    (r"\b(?:an old|the old|the poor|elderly|bedridden) (invalid)\b", "ˈɪnvəlɪd"),
)  # fmt: skip # a table
