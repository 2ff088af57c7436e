"""Pinyin of Chinese characters, from the order that GB 2312 keeps them in.

The first level of that standard, 3,755 characters, is sorted by pinyin: the first character of
each syllable is all the data needed. Other characters that names use are listed.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import Final

_FIRST_OF_SYLLABLE: Final = (
    "A啊 AI埃 AN鞍 ANG肮 AO凹 BA芭 BAI白 BAN斑 BANG邦 BAO苞 BEI杯 BEN奔 BENG崩 BI逼 BIAN鞭 "
    "BIAO标 BIE鳖 BIN彬 BING兵 BO玻 BU捕 CA擦 CAI猜 CAN餐 CANG苍 CAO操 CE厕 CENG层 CHA插 CHAI拆 "
    "CHAN搀 CHANG昌 CHAO超 CHE车 CHEN郴 CHENG撑 CHI吃 CHONG充 CHOU抽 CHU初 CHUAI揣 CHUAN川 "
    "CHUANG疮 CHUI吹 CHUN春 CHUO戳 CI疵 CONG聪 COU凑 CU粗 CUAN蹿 CUI摧 CUN村 CUO磋 DA搭 DAI呆 "
    "DAN耽 DANG当 DAO刀 DE德 DENG蹬 DI堤 DIAN颠 DIAO碉 DIE跌 DING丁 DIU丢 DONG东 DOU兜 DU督 "
    "DUAN端 DUI堆 DUN墩 DUO掇 E蛾 EN恩 ER而 FA发 FAN藩 FANG坊 FEI菲 FEN芬 FENG丰 FO佛 FOU否 FU夫 "
    "GA噶 GAI该 GAN干 GANG冈 GAO篙 GE哥 GEI给 GEN根 GENG耕 GONG工 GOU钩 GU辜 GUA刮 GUAI乖 GUAN棺 "
    "GUANG光 GUI瑰 GUN辊 GUO锅 HA哈 HAI骸 HAN酣 HANG夯 HAO壕 HE呵 HEI嘿 HEN痕 HENG哼 HONG轰 "
    "HOU喉 HU呼 HUA花 HUAI槐 HUAN欢 HUANG荒 HUI灰 HUN荤 HUO豁 JI击 JIA嘉 JIAN歼 JIANG僵 JIAO蕉 "
    "JIE揭 JIN巾 JING荆 JIONG炯 JIU揪 JU鞠 JUAN捐 JUE撅 JUN均 KA喀 KAI开 KAN刊 KANG康 KAO考 KE坷 "
    "KEN肯 KENG坑 KONG空 KOU抠 KU枯 KUA夸 KUAI块 KUAN宽 KUANG匡 KUI亏 KUN坤 KUO括 LA垃 LAI莱 "
    "LAN蓝 LANG琅 LAO捞 LE勒 LEI雷 LENG棱 LI厘 LIA俩 LIAN联 LIANG粮 LIAO撩 LIE列 LIN琳 LING玲 "
    "LIU溜 LONG龙 LOU楼 LU芦 LV驴 LUAN峦 LVE掠 LUN抡 LUO萝 MA妈 MAI埋 MAN瞒 MANG芒 MAO猫 ME么 "
    "MEI玫 MEN门 MENG萌 MI眯 MIAN棉 MIAO苗 MIE蔑 MIN民 MING明 MIU谬 MO摸 MOU谋 MU拇 NA拿 NAI氖 "
    "NAN南 NANG囊 NAO挠 NE呢 NEI馁 NEN嫩 NENG能 NI妮 NIAN蔫 NIANG娘 NIAO鸟 NIE捏 NIN您 NING柠 "
    "NIU牛 NONG脓 NU奴 NV女 NUAN暖 NVE虐 NUO挪 O哦 OU欧 PA啪 PAI拍 PAN攀 PANG乓 PAO抛 PEI呸 "
    "PEN喷 PENG砰 PI坯 PIAN篇 PIAO飘 PIE撇 PIN拼 PING乒 PO坡 PU扑 QI期 QIA掐 QIAN牵 QIANG枪 "
    "QIAO橇 QIE切 QIN钦 QING青 QIONG琼 QIU秋 QU趋 QUAN圈 QUE缺 QUN裙 RAN然 RANG瓤 RAO饶 RE惹 "
    "REN壬 RENG扔 RI日 RONG戎 ROU揉 RU茹 RUAN软 RUI蕊 RUN闰 RUO若 SA撒 SAI腮 SAN三 SANG桑 SAO搔 "
    "SE瑟 SEN森 SENG僧 SHA莎 SHAI筛 SHAN珊 SHANG墒 SHAO梢 SHE奢 SHEN砷 SHENG声 SHI师 SHOU收 "
    "SHU蔬 SHUA刷 SHUAI摔 SHUAN栓 SHUANG霜 SHUI谁 SHUN吮 SHUO说 SI斯 SONG松 SOU搜 SU苏 SUAN酸 "
    "SUI虽 SUN孙 SUO蓑 TA塌 TAI胎 TAN坍 TANG汤 TAO掏 TE特 TENG藤 TI梯 TIAN天 TIAO挑 TIE贴 TING厅 "
    "TONG通 TOU偷 TU凸 TUAN湍 TUI推 TUN吞 TUO拖 WA挖 WAI歪 WAN豌 WANG汪 WEI威 WEN瘟 WENG嗡 WO挝 "
    "WU巫 XI昔 XIA瞎 XIAN掀 XIANG相 XIAO萧 XIE楔 XIN薪 XING星 XIONG兄 XIU休 XU墟 XUAN轩 XUE靴 "
    "XUN勋 YA压 YAN焉 YANG殃 YAO邀 YE椰 YI一 YIN茵 YING英 YO哟 YONG拥 YOU幽 YU迂 YUAN鸳 YUE曰 "
    "YUN耘 ZA匝 ZAI栽 ZAN咱 ZANG赃 ZAO遭 ZE责 ZEI贼 ZEN怎 ZENG增 ZHA扎 ZHAI摘 ZHAN瞻 ZHANG樟 "
    "ZHAO招 ZHE遮 ZHEN珍 ZHENG蒸 ZHI芝 ZHONG中 ZHOU舟 ZHU珠 ZHUA抓 ZHUAI拽 ZHUAN专 ZHUANG桩 "
    "ZHUI椎 ZHUN谆 ZHUO捉 ZI兹 ZONG鬃 ZOU邹 ZU租 ZUAN钻 ZUI嘴 ZUN尊 ZUO昨 "
)
_SYLLABLES: Final = [one.rstrip(one[-1]) for one in _FIRST_OF_SYLLABLE.split()]
PINYIN: Final = tuple(_SYLLABLES)
"""Every syllable that the first level has, upper case."""

_STARTS: Final = [one[-1].encode("gb2312") for one in _FIRST_OF_SYLLABLE.split()]
_FIRST_LEVEL: Final = (b"\xb0\xa1", b"\xd7\xf9")

_OTHERS: Final = (
    "AI愛瑷捱閡皚噯曖璦礙藹靄 AN庵菴銨諳鵪黯 ANG骯 AO拗奧媼嗷遨聱襖鏖鼇 BA罷壩灞 BAI敗擘擺襬 "
    "BAN阪姅舨絆鈑頒瘢辦闆 BANG綁幫謗鎊 BAO寶鮑報葆鉋飽褓鑤 BEI貝蓓孛邶陂盃悖狽備揹輩鋇憊 BEN畚 "
    "BENG繃 BI畢筆匕妣沘俾婢荸閉弼愎詖賁痺鉍嗶幣箄裨篦斃薜璧蹕襞 BIAN變弁汴釆砭匾貶編蝙褊邊辮辯 "
    "BIAO杓婊標錶鏢驃鰾鑣 BIE別彆癟鱉 BIN賓濱儐豳檳殯臏瀕繽鬢 BING並併摒稟鉼餅 "
    "BO蔔亳剝缽跛鈸鉑駁撥檗簸蘗 BU佈補鈽誧 CAI財採綵纔 CAN參孱殘慚慘摻燦璨蠶 CANG倉傖滄蒼艙 "
    "CAO嘈漕 CE冊側廁惻測 CEN岑涔 CENG層 CHA詫 CHAI釵儕齜 "
    "CHAN產婵剷嬋潺諂澶毚禪蟬儳蟾鏟巉懺攙闡纏羼顫讒饞 CHANG暢嫦昶倀娼徜悵場萇腸嘗廠氅償嚐鯧 "
    "CHAO晁鈔勦 CHE車坼徹 CHEN陳琛谌諶疢宸塵瞋縝櫬襯讖 CHENG稱誠晟丞撐瞠騁懲 "
    "CHI遲篪叱呎恥蚩敕笞啻喫飭嗤馳墀踟齒熾褫癡魑 CHONG翀沖舂憧衝蟲寵 CHOU惆綢裯儔醜疇籌躊 "
    "CHU芻處褚怵杵絀楮廚鋤儲歜黜礎雛櫥觸齣 CHUAI啜踹 CHUAN舛釧傳 CHUANG創愴瘡闖 CHUI陲槌箠錘鎚 "
    "CHUN純脣鶉 CHUO綽輟齪 CI詞賜祠辭 CONG聰囪從淙樅蔥叢 COU湊輳 CU蹙蹴 CUAN竄爨 CUI悴萃璀 "
    "CUN吋忖皴 CUO厝嵯銼錯蹉 DA達笪怛靼褡躂韃 DAI黛岱玳迨帶貸 DAN單擔疸啖啗彈憚撢誕澹膽簞 "
    "DANG黨當儅噹擋蕩檔盪襠鐺讜 DAO叨島盜搗導燾禱 DENG鄧燈嶝磴 "
    "DI敵镝氐邸柢牴娣砥荻棣詆隄嘀滌遞締諦鏑 DIAN電點玷墊澱顛巔癲 DIAO調弔彫釣貂鯛 "
    "DIE疊喋絰耋牒諜 DING仃訂酊釘頂錠 DIU丟 DONG東咚峒凍胴動棟湩鼕 DOU窦枓蚪鬥脰竇 "
    "DU獨篤讀嘟賭鍍瀆櫝牘犢髑蠹黷 DUAN斷耑緞鍛 DUI兌隊碓對 DUN沌盹惇鈍頓噸燉躉 DUO鐸铎咄奪墮綞踱 "
    "E呃堊婀訛軛惡愕萼詻餓噩鍔額顎鵝鱷 ER爾兒貳餌邇 FA發砝琺罰閥髮醱 "
    "FAN範氾汎梵販釩飯煩墦幡蕃繙礬 FANG枋倣紡舫訪 FEI費飛霏绯斐妃芾屝扉腓痱翡廢誹 "
    "FEN紛棻墳憤奮糞 FENG馮鳳鋒風豐酆俸楓瘋諷縫 FOU缶 "
    "FU賦輔複負馥伕孚彿怫芙芣訃匐婦紼紱趺復菔鈇撫膚蝠頫駙麩縛輻賻 GA伽尬呷 GAI蓋丐垓鈣該賅 "
    "GAN坩疳桿淦稈幹榦趕橄尷贛 GANG鋼綱岡剛崗釭槓 GAO郜杲槁誥縞 GE閣個鬲箇膈鉻閤骼擱鴿 GEI給 "
    "GEN亙艮 GENG哽賡 GONG龔貢廾肱宮蚣鞏 GOU購佝枸夠媾搆溝詬鉤雊構遘 "
    "GU顧呱牯罟蛄菰詁鈷僱穀錮鴣轂瞽蠱 GUA卦掛聒颳 GUAI枴摑 GUAN關觀貫倌莞琯慣盥館鰥鸛 "
    "GUANG廣洸胱獷 GUI貴歸規皈軌珪晷詭匱閨劊龜檜鮭櫃鱖 GUN袞滾輥鯀 GUO國過猓堝幗槨蟈鍋 HAI嗨駭還 "
    "HAN韓漢晗菡阚蚶銲頷鼾瀚 HANG珩沆 HAO號昊皓灏嗥鄗蒿濠鎬蠔顥 HE鶴賀劾曷紇郃盍蚵訶頜翮壑闔 "
    "HENG姮恆桁橫 HONG紅鴻閎泓訌鬨薨轟黌 HOU後逅堠篌鱟 HU護扈戶囫沍惚斛瓠壺琥楛滬鵠鬍 "
    "HUA華畫樺話骅劃嘩譁 HUAI懷踝壞 HUAN歡煥環奐洹喚換渙瘓緩寰澴鍰 HUANG黃篁肓徨湟隍遑璜謊韹 "
    "HUI輝暉會薈蕙晖荟袆虺茴迴彗喙揮匯彙毀詼賄誨麾諱燬燴穢繪 HUN梡渾琿葷餛 HUO貨夥禍濩獲穫 "
    "JI紀驥際雞機濟級繼記稷霁乩伋岌芰亟洎計唧屐飢嵇幾戟犄勣戢極楫跡麂暨嘰畿瘠緝 "
    "JI劑璣積輯髻擊擠磯績薊覬薺蹟譏饑躋霽羈 JIA賈葭珈夾胛迦浹痂戛莢袈傢鉀價駕豭頰 "
    "JIAN簡劍檢監艦見囝姦堅揀湔減菅間毽筧腱僭漸箋儉澗緘賤踐撿縑諫餞艱鍵濺瞼薦繭殲 JIAN鑑鑒鹼韉 "
    "JIANG蔣將絳槳漿獎彊薑講醬韁 JIAO姣皎絞蛟腳跤較僥鉸餃嬌澆膠矯鮫繳轎醮驕攪 "
    "JIE傑潔階節婕颉孑屆拮桀訐結嗟詰碣誡羯 JIN進錦晉盡緊謹瑾缙勁矜觔僅儘噤縉燼覲饉 "
    "JING靜經鏡驚競璟婧菁靓阱徑涇荊旌淨莖逕痙憬頸鯨 JIONG迥 JIU舊糾柩赳啾廄鳩 "
    "JU鉅據舉侷苣倨砠掬莒跼劇駒橘鋸屨遽颶齟懼 JUAN雋隽涓狷捲絹鵑鐫 "
    "JUE絕覺孓決玨崛訣厥劂獗鴃噱蕨譎蹶觼 JUN軍駿鈞珺濬 KAI開铠锴恺凱剴愒愾愷 KAN侃崁戡瞰檻 "
    "KANG伉 KAO犒銬 KE珂剋恪殼軻嗑溘稞窠瞌緙蝌課顆髁 KEN墾懇齦 KENG阬鏗 KONG倥崆硿 KOU叩釦 "
    "KU庫骷褲 KUA誇 KUAI蒯塊儈膾 KUAN寬髖 KUANG鄺劻況誑壙曠礦 KUI喟揆逵睽潰窺虧簣餽夔 "
    "KUN琨锟崑梱焜睏綑髡錕 KUO蛞闊擴 LA剌臘邋蠟 LAI賴萊來徠睞瀨癩籟 "
    "LAN蘭瀾籃藍覽岚嵐濫闌懶攔襤斕欄爛籣攬欖纜 LANG瑯螂 LAO勞嘮撈癆 LE樂叻 LEI類耒淚嫘縲壘羸鐳 "
    "LENG愣稜 LI裡麗禮離藜郦鹂戾俚娌浬唳琍笠喱慄溧蜊蒞貍厲鋰曆歷澧罹勵隸癘釐鎘鯉壢瀝礪礫 "
    "LI醴儷蠣蠡酈欐邐靂籬驪 LIA倆 LIAN連蓮戀斂聯楝煉奩漣憐練濂殮臉鍊簾鏈瀲鐮鰱 "
    "LIANG糧諒兩涼樑輛魎 LIAO嘹寮暸遼療瞭繚 LIE冽咧洌捩獵鬣 LIN鄰臨麟蔺痳賃凜懍燐璘遴轔藺鱗躪 "
    "LING靈領齡翎苓绫泠昤聆蛉鈴綾蔆鴒嶺櫺 LIU劉遛瀏霤餾 LONG龍朧珑壟攏隴嚨瓏矓籠聾 "
    "LOU婁嘍摟樓瘺簍螻鏤髏 LU盧陸錄魯鷺蘆璐逯鹵僇祿虜賂滷擄穋嚕廬櫓瀘爐臚鑪顱鱸 "
    "LUAN銮亂孿巒攣灤鑾鸞 LUN輪論侖倫崙掄淪綸 LUO羅駱珞絡漯犖雒鏍儸騾囉玀蘿邏籮鑼 "
    "LV呂綠侶屢膂慮鋁閭縷褸濾櫚驢 MA馬嗎媽痲瑪碼罵螞嬤蟆 MAI麥脈賣買邁霾 MAN嫚屘幔滿瞞縵鏝饅鰻蠻 "
    "MANG杗蟒 MAO貓貿泖耄茆瑁鉚髦犛懋錨 ME麼 MEI沒沬袂莓湄楣魅鎂黴 MEN門們捫悶燜懣 "
    "MENG夢虻艋蜢甍錳濛朦懵矇 MI谧糸汨羋咪弭敉祕覓瞇冪彌謎謐麋瀰 MIAN沔偭湎綿緬澠麵 "
    "MIAO淼杪眇廟緲邈 MIE咩滅篾 MIN閔旻岷珉闵泯湣愍閩憫 MING銘鳴茗冥酩暝瞑 MIU謬 "
    "MO歿茉秣貊糢謨驀 MOU謀缪眸繆 MU沐苜畝 N嗯 NA吶納捺鈉 NAI迺 NAN難赧喃楠 NANG曩 "
    "NAO腦呶惱瑙撓鬧蟯鐃 NE訥 NEI內餒 NI妳怩旎睨暱膩擬 NIAN廿涊唸撚輦黏攆 NIANG孃釀 NIAO鳥裊嬝 "
    "NIE聶臬鎳囁齧躡鑷 NING寧佞苧嚀擰濘獰檸 NIU妞忸紐鈕 NONG農儂噥濃膿穠 NOU耨 NU弩駑 NUAN煖 "
    "NUO諾 NVE瘧 O喔噢 OU歐嘔毆耦甌鷗 PA杷葩 PAI俳 PAN盤拚槃蟠蹣 PANG雱彷徬滂螃龐 PAO庖拋皰砲匏 "
    "PEI珮賠轡 PEN噴 PENG鵬芃踫 PI丕疋仳枇紕埤陴媲睥鈹癖闢鼙 PIAN胼翩駢騙 PIAO飄剽嫖瞟縹 "
    "PIN頻牝姘貧嬪顰 PING評枰娉憑蘋 PO叵珀釙頗潑鄱 POU裒 PU璞溥濮匍僕噗撲鋪樸譜蹼 "
    "QI齊綺氣琪琦祺绮骐麒淇圻岐杞俟祇耆訖豈悽啟棄淒棲萋慼槭憩磧錡蹊臍騎鰭 "
    "QIAN錢茜芊骞阡倩虔淺牽鈐愆鉗鉛塹搴箝潛遷縴謙簽騫譴籤韆 QIANG強牆锵戕嗆搶槍檣繈薔鎗鏘 "
    "QIAO喬愀僑誚憔橋樵鍬竅翹譙蹺 QIE妾挈愜鍥竊 QIN親欽寢嶔撳噙 QING慶輕請氫頃傾蜻磬檠罄 "
    "QIONG瓊窮穹 QIU裘梂毬蚯鞦鰍 QU區瞿劬蛐嶇璩趨軀麴驅衢齲 QUAN權佺畎荃詮蜷銓踡勸 QUE確卻闋闕鵲 "
    "RAN苒髯 RANG讓禳 RAO嬈橈擾繞饒 RE熱 REN仞紉荏衽軔韌飪稔認 RONG榮镕嵘絨榕嶸鎔 ROU蹂鞣 "
    "RU嚅濡燸 RUAN軟 RUI銳芮睿 RUN閏潤 RUO偌篛鶸 SA飒卅颯薩灑 SAI賽鰓 SAN傘糝 SANG喪 SAO掃繅騷 "
    "SE嗇澀穡 SHA廈剎紗殺裟霎鯊 SHAI篩曬 SHAN閃姗刪姍疝芟柵舢訕陝跚潸縿繕羶贍鱔 SHANG觴傷殤賞 "
    "SHAO紹燒 SHE攝設捨賒歙懾麝 SHEN莘燊哂紳脤腎蜃滲審嬸瀋 SHENG聲聖笙昇陞勝賸繩 "
    "SHI實詩適時視試識豕屍師舐豉勢塒弒溼獅筮軾飾蝕奭蝨駛濕螫釋 SHOU狩壽綬獸 "
    "SHU書數樹姝纾朮倏術菽塾樞豎輸橾藷屬贖 SHUAI帥蟀 SHUAN閂涮 SHUANG雙塽孀 SHUI稅誰 SHUN順 "
    "SHUO說妁碩爍鑠 SI絲兕姒泗祀耜飼廝駟鷥 SONG頌嵩忪悚崧淞訟誦慫聳鬆 SOU叟嗾蒐擻餿藪颼 "
    "SU蘇肅夙甦訴嗉穌簌囌 SUAN痠 SUI隨眭歲睢綏誶燧雖邃 SUN孫筍飧損榫蓀 SUO娑嗦瑣簑縮鎖 "
    "TA牠榻遢遝撻獺 TAI跆態臺颱檯薹 TAN譚談覃貪嘆歎壇曇罈攤灘癱 TANG湯帑瑭燙螳醣鏜儻 "
    "TAO濤韬洮討啕絛檮韜饕 TE慝 TENG滕謄騰籐 TI題體悌屜逖緹銻 TIAN忝畋鈿靦闐 TIAO佻條窕覜蜩鯈 "
    "TIE鐵貼餮 TING婷霆梃蜓聽廳 TONG統潼僮慟銅 TOU綉骰頭 TU禿荼菟塗圖酴 TUAN團糰 TUI蛻頹 TUN豚飩 "
    "TUO佗沱柝託脫跎馱駝橢鴕 WA媧窪襪 WAI崴 WAN萬灣琬汍剜頑綰蜿輓彎 WANG網罔惘輞魍 "
    "WEI衛偉緯維為煒瑋炜玮薇暐圩洧韋娓偽偎帷圍幃猥逶煨痿葦違諉謂濰褽闈餵鮪 "
    "WEN溫穩聞玟雯刎抆汶紋問塭 WENG蓊甕 WO臥倭渥渦萵窩蝸撾擭齷 "
    "WU吳鄔霧烏無邬兀圬汙唔務嗚塢蜈寤誣誤嫵憮蕪鎢騖鵡鼯 "
    "XI戲璽曦禧郗習兮係唏奚徙晞淅細翕僖蓆蜥嬉潟熹羲錫蟋谿繫譆犧襲 XIA狎俠柙峽狹煆瑕遐蝦嚇轄黠 "
    "XIAN賢線險顯鮮獻縣纖秈祆峴啣現絃莧閑閒羨蜆僩銜銑嫻憲暹餡霰鹹蘚 XIANG項響鄉庠廂詳餉嚮瓖饗鑲 "
    "XIAO蕭曉筱骁潇崤梟逍傚詨嘐嘯銷篠簫瀟囂驍 XIE謝協洩挾脅偕紲榭勰寫頡諧燮褻邂擷瀉蠍攜 "
    "XIN鑫馨昕訢鋅釁 XING興倖陘悻硎 XIONG兇洶 XIU繡岫咻脩溴鏽 "
    "XU許續緒诩卹洫胥栩訏敘勗虛須煦頊噓蓿鬚 XUAN軒選炫璇萱暄瑄煊晅渲絢鉉漩諼璿懸癬 XUE學 "
    "XUN訓詢薰荀徇洵訊勛尋巽馴遜潯潠勳蕈壎燻醺 YA娅亞軋啞琊訝氬鴉鴨壓 "
    "YAN顏嚴閻艷豔驗嫣妍晏鄢闫焱琰兗彥胭偃湮硯腌菸郾煙厭筵醃燄諺檐縯嚥簷儼贗鼴巖 YAN饜魘鹽釅 "
    "YANG楊陽養飏炀怏泱徉恙烊揚暘煬瘍鞅樣鴦鍚颺癢 YAO遙瑤藥夭爻吆杳肴窈堯搖榣窯餚謠曜鷂鑰 "
    "YE葉業頁曄烨晔暍爺謁鄴靨 "
    "YI義藝憶遺頤異誼祎翊薏轶弈怡懿旖燚羿漪弋刈圯佚迆佾咦咿奕帟迤栘浥訑偯痍貽軼 "
    "YI睪詣飴蜴億儀劓噫縊翳醫鎰繹蟻議譯囈驛 YIN銀隱胤垠氤蚓陰飲夤慇鄞蔭霪癮 "
    "YING穎瑩鷹贏應營瑛莺蓥璎滢郢塋楹熒嬴縈螢嬰膺瀛蠅嚶罌櫻瓔鶯纓鸚 YO唷喲 "
    "YONG擁詠甬俑邕湧傭慵鄘壅踴 YOU猷尢攸侑囿宥柚疣祐莠猶郵遊鈾誘憂牖魷優黝鼬 "
    "YU餘鈺預於語譽煜瑜妤昱聿钰庾彧臾禺竽紆圄堉娛圉敔雩魚腴萸馭毓瘀嫗漁獄瘉與慾 "
    "YU蝓褕諛澦禦覦諭嶼燠輿歟癒齬鬱籲 YUAN遠緣轅願媛鸢瑗爰沅員淵湲園圓鳶鴛騵 "
    "YUE悅玥钺刖約軏粵閱嶽躍籥 YUN雲運韻蘊芸筠赟恽昀勻紜慍暈隕氳熨醞 ZA偺紮雜臢 ZAI災載 "
    "ZAN贊暫簪鏨瓚讚 ZANG臧奘贓臟髒 ZAO棗譟鑿 ZE擇澤責仄則笮嘖 ZEI賊鯽 ZENG繒贈 ZHA吒砟蚱詐搾閘 "
    "ZHAI債齋 ZHAN戰佔斬棧盞嶄綻霑氈輾譫 ZHANG張長璋帳脹幛漲獐賬蟑 ZHAO趙釗钊炤啁棹詔櫂 "
    "ZHE這蜇摺輒赭褶謫轍鷓 ZHEN貞針鎮禎蓁祯圳甽朕陣偵診楨榛賑箴鴆 "
    "ZHENG鄭證钲铮峥爭崢掙猙幀証睜箏徵諍錚鯖癥 "
    "ZHI織質紙緻職製芷卮泜咫姪祉胝祗衹隻執梔痣蛭輊雉摭滯誌幟摯櫛擲躑躓 ZHONG鐘鍾眾種終冢塚腫踵 "
    "ZHOU晝妯冑紂胄軸週皺縐籀驟 ZHU諸竺佇侏杼茱渚硃註貯誅跦箸銖豬駐築燭躅鑄囑矚 "
    "ZHUAN轉專僎磚賺顓囀 ZHUANG莊狀裝壯妝樁 ZHUI隹惴綴墜錐贅 ZHUN肫準諄 ZHUO斫涿濁擢濯鐲 "
    "ZI資訾姊恣玆茲梓孳貲漬緇輜諮錙髭 ZONG總傯粽綜縱蹤 ZOU鄒陬鄹 ZU俎組詛鏃 ZUAN鑽 ZUI蕞 ZUN撙樽 "
    "ZUO祚 "
)
_BY_CHARACTER: Final = {
    character: one.rstrip(one.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
    for one in _OTHERS.split()
    for character in one.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
}
_AS_FAMILY: Final = {
    "曾": "ZENG", "單": "SHAN", "单": "SHAN", "解": "XIE", "任": "REN", "仇": "QIU", "查": "ZHA",
    "尉": "WEI", "盖": "GAI", "朴": "PIAO", "翟": "ZHAI", "乐": "YUE", "樂": "YUE", "区": "OU",
    "區": "OU", "召": "SHAO", "重": "CHONG", "车": "CHE", "繁": "PO", "葛": "GE", "覃": "QIN",
}  # fmt: skip


def pinyin(character: str, *, family: bool = False) -> str:
    """Read a character in pinyin, without tone.

    Parameters
    ----------
    character
        One Chinese character, simplified or traditional.
    family
        Whether it is a family name, which some characters are read otherwise in.

    Returns
    -------
    Upper case, ``V`` for u with dots; empty if it is not known.

    Examples
    --------
    >>> pinyin("张"), pinyin("張"), pinyin("曾", family=True)
    ('ZHANG', 'ZHANG', 'ZENG')
    """
    if family and character in _AS_FAMILY:
        return _AS_FAMILY[character]
    if character in _BY_CHARACTER:
        return _BY_CHARACTER[character]
    try:
        code = character.encode("gb2312")
    except UnicodeEncodeError:
        return ""
    if not _FIRST_LEVEL[0] <= code <= _FIRST_LEVEL[1]:
        return ""
    return _SYLLABLES[bisect_right(_STARTS, code) - 1]
